/** Requests of a Hono app. */
import type { IncomingMessage, ServerResponse } from 'node:http'
// The global one is a getter.
import { performance } from 'node:perf_hooks'
import type { Context, MiddlewareHandler } from 'hono'
import type { Registry } from '../metrics/registry.ts'
import { countedStream, knownLength } from './body.ts'
import { watch } from './exchange.ts'
import { type RouteOf, routeFinder } from './honoroute.ts'
import { isRobot } from './robot.ts'
import { type ServerRequests, serverRequests } from './server.ts'
import { ABORTED } from './status.ts'

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
  const routeOf = routeFinder()
  return async function metered(c, next) {
    if (!requests.enabled) return next()
    const { env } = c as { env?: NodeEnv }
    if (env?.incoming !== undefined && env.outgoing !== undefined) {
      // At the end: only then is it known which handler answers.
      watch(requests, env.incoming, env.outgoing).findRoute = () => routeOf(c)
      return next()
    }
    const { raw } = c.req
    const noted: Noted = { requests, routeOf, c, raw, begun: performance.now(), received: lengthOf(raw) }
    if (noted.received === undefined) countRequest(noted)
    try {
      await next()
    } catch (error) {
      record(noted, 500, 0)
      throw error
    }
    const { res } = c
    const sent = raw.method === 'HEAD' ? 0 : lengthOf(res)
    if (sent === undefined) countResponse(noted)
    else record(noted, raw.signal.aborted ? ABORTED : res.status, sent)
  }
}

/** What is noted of a request until its answer is there. */
interface Noted {
  readonly requests: ServerRequests
  readonly routeOf: RouteOf
  readonly c: Context
  /** As it came, whatever a middleware puts in its place. */
  readonly raw: Request
  readonly begun: number
  received: number | undefined
}

// Functions of their own: variables that their callbacks share would cost every request.

function countRequest(noted: Noted): void {
  const body = countedStream(noted.raw.body!, (bytes) => {
    noted.received = bytes
  })
  noted.c.req.raw = new Request(noted.raw, { body, duplex: 'half' })
}

function countResponse(noted: Noted): void {
  const { c, raw } = noted
  const { res } = c
  const body = countedStream(res.body!, (bytes, whole) =>
    record(noted, whole && !raw.signal.aborted ? res.status : ABORTED, bytes),
  )
  // Set to nothing first: Hono would else copy the headers of the one before.
  c.res = undefined
  c.res = new Response(body, res)
}

function record({ requests, routeOf, c, raw, begun, received }: Noted, status: number, sent: number): void {
  const robot = isRobot(raw.headers.get('user-agent') ?? undefined)
  requests.record(routeOf(c), status, robot, performance.now() - begun, received, sent)
}
