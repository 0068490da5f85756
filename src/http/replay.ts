/**
 * Answers of pollers that are at hand, given without Hono's context and without a `Request`.
 *
 * Most requests of a dashboard ask for rows that were encoded once since the last sample. Making a `Request`, a `Context` and a
 * `Response` for each costs as much again as the rest of such an answer (`bench/http.ts`). Whatever is not plain, such as a condition,
 * another form, a wrong parameter or somebody unknown, is left to the app, whose answers are the same.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer, PollerHandler } from '../period/index.ts'
import { negotiate } from '../prometheus/index.ts'
import type { Guard } from './guard.ts'

/** The path of the first source, and of Prometheus. */
const FIRST = '/metrics'

/** Answers a request if it can: whether it did. */
export type Replay = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean

/** @param handlers By the name of their source; `/metrics` alone is the first one. */
export function createReplay(guard: Guard, handlers: ReadonlyMap<string, PollerHandler>): Replay {
  const byPath = new Map<string, PollerHandler>()
  for (const [name, handler] of handlers) {
    if (byPath.size === 0) byPath.set(FIRST, handler)
    byPath.set(`/metrics/${name}`, handler)
    byPath.set(`/api/v1/metrics/${name}`, handler)
  }

  return (incoming, outgoing) => {
    const { method, url = '', headers } = incoming
    if (method !== 'GET' || headers['if-none-match'] !== undefined) return false
    const query = url.indexOf('?')
    const path = query < 0 ? url : url.slice(0, query)
    const handler = byPath.get(path)
    if (handler === undefined || !guard.letsRead(incoming)) return false
    if (path === FIRST && negotiate(headers.accept) !== undefined) return false
    const answer = answerOf(handler, query < 0 ? '' : url.slice(query))
    if (answer === undefined) return false
    outgoing.writeHead(200, answer.rawHeaders).end(answer.body)
    return true
  }
}

/** Undefined for a wrong query, too: the app says what is wrong with it. */
function answerOf(handler: PollerHandler, search: string): Answer | undefined {
  try {
    return handler.answer(search)
  } catch {
    return undefined
  }
}
