/** One request and its answer on a socket of Node, watched to its end. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { sizeOf } from './body.ts'
import { isRobot } from './robot.ts'
import type { ServerRequests } from './server.ts'
import { ABORTED, UNMATCHED } from './status.ts'

/** Where a response keeps its exchange. */
export const EXCHANGE = Symbol('treering.exchange')

/** What is noted of a request until it ends. */
export class Exchange {
  readonly requests: ServerRequests
  /** The pattern of its route; whoever knows it last says it. */
  route: string | undefined
  /** Asked for it at the end where nobody has said it. */
  findRoute: (() => string | undefined) | undefined
  /** Whether its handler threw. */
  threw = false
  requestBytes = 0
  responseBytes = 0
  readonly #begun = performance.now()
  #ended = false

  constructor(requests: ServerRequests) {
    this.requests = requests
  }

  /** Records it; once. */
  end(incoming: IncomingMessage, outgoing: ServerResponse): void {
    if (this.#ended) return
    this.#ended = true
    const { statusCode } = outgoing
    const status = this.threw ? 500 : outgoing.writableFinished ? statusCode : ABORTED
    const robot = isRobot(userAgentOf(incoming))
    const bytes = hasNoBody(incoming, statusCode) ? 0 : this.responseBytes
    const durationMs = performance.now() - this.#begun
    const route = this.route ?? this.findRoute?.() ?? UNMATCHED
    this.requests.record(route, status, robot, durationMs, this.requestBytes, bytes)
  }
}

/** The first there is. Not from `headers`, which Node makes of them all when it is first asked for. */
function userAgentOf({ rawHeaders }: IncomingMessage): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (name.length === 10 && name.toLowerCase() === 'user-agent') return rawHeaders[i + 1]
  }
  return undefined
}

/** A body that is written for these is not sent. Source: RFC 9110, 6.4.1. */
function hasNoBody({ method }: IncomingMessage, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304
}

/** The exchange of a response that is watched. */
export function exchangeOf(outgoing: object): Exchange | undefined {
  return (outgoing as { [EXCHANGE]?: Exchange })[EXCHANGE]
}

/** Watches a request from here on: its own methods count, and its end records it. */
export function watch(
  requests: ServerRequests,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Exchange {
  const known = exchangeOf(outgoing)
  if (known?.requests === requests) return known
  const exchange = new Exchange(requests)
  if (known === undefined) (outgoing as { [EXCHANGE]?: Exchange })[EXCHANGE] = exchange
  const { write, end } = outgoing
  outgoing.write = function (this: ServerResponse, ...given: unknown[]) {
    exchange.responseBytes += sizeOf(given[0], given[1])
    return Reflect.apply(write, this, given)
  } as typeof write
  outgoing.end = function (this: ServerResponse, ...given: unknown[]) {
    exchange.responseBytes += sizeOf(given[0], given[1])
    return Reflect.apply(end, this, given)
  } as typeof end
  // The body comes after the headers, in later turns: none of it is missed.
  if ('content-length' in incoming.headers || 'transfer-encoding' in incoming.headers) {
    const { push } = incoming
    incoming.push = function (this: IncomingMessage, chunk: unknown, encoding?: BufferEncoding) {
      exchange.requestBytes += sizeOf(chunk, encoding)
      return push.call(this, chunk, encoding)
    }
  }
  outgoing.once('close', () => exchange.end(incoming, outgoing))
  return exchange
}
