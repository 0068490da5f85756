/** Requests of a Hono app. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context, MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { Registry } from '../metrics/registry.ts'
import { countedStream, knownLength } from './body.ts'
import { watch } from './exchange.ts'
import { isRobot } from './robot.ts'
import { type ServerRequests, serverRequests } from './server.ts'
import { ABORTED, UNMATCHED } from './status.ts'

/** What Node's server for Hono puts into the environment of a request. */
interface NodeEnv {
  readonly incoming?: IncomingMessage
  readonly outgoing?: ServerResponse
}

/**
 * Records all requests of an app: `app.use(meterHono(registry))`, before its routes and its other middleware, which may wait while the first
 * bytes of a body come.
 *
 * On Node's server bytes are counted where they are written, and a request ends when its answer is sent; elsewhere (`app.request`,
 * other runtimes) when its body was read; there a body that nobody reads, of a length that Node does not tell, is never counted.
 */
export function meterHono(registry: Registry): MiddlewareHandler {
  const requests = serverRequests(registry)
  const lengthOf = knownLength()
  return async function metered(c, next) {
    if (!requests.enabled) return next()
    const { env } = c as { env?: NodeEnv }
    if (env?.incoming !== undefined && env.outgoing !== undefined) {
      // At the end: only then is it known which handler answers.
      watch(requests, env.incoming, env.outgoing).findRoute = () => routeOf(c)
      return next()
    }
    const exchange = { requests, c, begun: performance.now(), received: lengthOf(c.req.raw) }
    if (exchange.received === undefined) countRequest(exchange)
    try {
      await next()
    } catch (error) {
      record(exchange, 500, 0)
      throw error
    }
    const sent = c.req.raw.method === 'HEAD' ? 0 : lengthOf(c.res)
    if (sent === undefined) countResponse(exchange)
    else record(exchange, c.req.raw.signal.aborted ? ABORTED : c.res.status, sent)
  }
}

/** What is noted of a request until its answer is there. */
interface Noted {
  readonly requests: ServerRequests
  readonly c: Context
  readonly begun: number
  received: number | undefined
}

// Functions of their own: variables that their callbacks share would cost every request.

function countRequest(noted: Noted): void {
  const { raw } = noted.c.req
  const body = countedStream(raw.body!, (bytes) => {
    noted.received = bytes
  })
  noted.c.req.raw = new Request(raw, { body, duplex: 'half' })
}

function countResponse(noted: Noted): void {
  const { c } = noted
  const { res } = c
  const { signal } = c.req.raw
  const body = countedStream(res.body!, (bytes, whole) =>
    record(noted, whole && !signal.aborted ? res.status : ABORTED, bytes),
  )
  // Set to nothing first: Hono would else copy the headers of the one before.
  c.res = undefined
  c.res = new Response(body, res)
}

function record({ requests, c, begun, received }: Noted, status: number, sent: number): void {
  const robot = isRobot(c.req.raw.headers.get('user-agent') ?? undefined)
  requests.record(routeOf(c), status, robot, performance.now() - begun, received, sent)
}

/** The pattern of the route that Hono came to last: of the handler that answers, or of a middleware where there is none. */
function routeOf(c: Context): string {
  return routePath(c) || UNMATCHED
}
