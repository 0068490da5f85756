/** A poller over HTTP and WebSocket, to be mounted in any Hono app. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Context } from 'hono'
import { MetricsError, respondEmpty, respondError } from '../utils/index.ts'
import { type Answer, Answers } from './answers.ts'
import type { Poller } from './poller.ts'
import { Stream, type StreamSocket } from './stream.ts'

/** What the server puts in the environment of a request. */
export interface RequestEnv {
  /** The request as Node has it: its headers are parsed already, while a `Headers` is made for the first look. */
  readonly incoming?: { readonly headers: IncomingHttpHeaders }
  /** Of a request that asks for a WebSocket. Takes the upgrade: `opened` gets the socket. The returned answer tells the server so. */
  readonly accept?: (opened: (socket: StreamSocket) => void) => Response
}

/** One poller's answers and sockets. */
export interface PollerHandler {
  /** `GET`: the newest sample, or with `period` the rows; upgraded: the same as a stream. */
  handle(c: Context): Response
  /** The answer of a `GET` with this query string; undefined while there is no sample yet. @throws MetricsError `invalid` */
  answer(search: string): Answer | undefined
  /** Streams what this query string asks to a socket. A wrong parameter closes it with 1008. */
  stream(socket: StreamSocket, search: string): void
  /** Sockets open now, and those dropped because they did not read. */
  sockets(): { open: number; dropped: number }
  /** Closes its sockets with 1001 and a reason. @default 'server stops' */
  close(reason?: string): void
}

/**
 * Serves a poller: `app.get('/metrics/queue', pollerHandler(queue).handle)`.
 *
 * 200 with JSON and an ETag, 204 while there is no sample yet, 304 when the ETag still holds, 400 naming the wrong parameter.
 */
export function pollerHandler<Sample, Entry, Data>(poller: Poller<Sample, Entry, Data>): PollerHandler {
  const answers = new Answers(poller)
  const stream = new Stream(poller, answers)

  function get(c: Context): Response {
    const { url } = c.req.raw
    const query = url.indexOf('?')
    const answer = answers.answer(answers.ask(query < 0 ? '' : url.slice(query)))
    if (answer === undefined) return respondEmpty(204)
    const { etag } = answer.init.headers
    return notModified(c, { etag, vary: 'accept' }) ?? new Response(answer.body, answer.init)
  }

  return {
    handle(c) {
      try {
        const accept = (c.env as RequestEnv | undefined)?.accept
        return accept ? accept((socket) => stream.add(socket, new URL(c.req.url).search)) : get(c)
      } catch (error) {
        if (error instanceof MetricsError) return respondError(error)
        throw error
      }
    },
    answer: (search) => answers.answer(answers.ask(search)),
    stream: (socket, search) => stream.add(socket, search),
    sockets: () => ({ open: stream.size, dropped: stream.dropped }),
    close: (reason = 'server stops') => stream.close(reason),
  }
}

/** One header of a request, the cheapest way. */
export function headerOf(c: Context, name: 'accept' | 'if-none-match'): string | undefined {
  const incoming = (c.env as RequestEnv | undefined)?.incoming
  return incoming === undefined ? c.req.header(name) : incoming.headers[name]
}

/**
 * The 304 of a request whose `If-None-Match` names this ETag, or any; undefined where an answer must be sent. A proxy that compresses
 * makes an ETag weak. Source: RFC 9110, 13.1.2.
 */
export function notModified(
  c: Context,
  headers: Readonly<Record<string, string>> & { readonly etag: string },
): Response | undefined {
  const tags = headerOf(c, 'if-none-match')?.split(',') ?? []
  const holds = tags.some((tag) => ['*', headers.etag].includes(tag.trim().replace(/^W\//, '')))
  return holds ? respondEmpty(304, headers) : undefined
}
