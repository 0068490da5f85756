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
    const { incoming, outgoing } = (c.env ?? NOTHING) as NodeEnv
    if (incoming !== undefined && outgoing !== undefined) {
      // At the end: only then is it known which handler answers.
      watch(requests, incoming, outgoing).findRoute = () => routeOf(c)
      return next()
    }
    const begun = performance.now()
    const { raw } = c.req
    let received = lengthOf(raw)
    if (received === undefined) {
      const body = countedStream(raw.body!, (bytes) => {
        received = bytes
      })
      c.req.raw = new Request(raw, { body, duplex: 'half' })
    }
    try {
      await next()
    } catch (error) {
      record(requests, c, 500, begun, received, 0)
      throw error
    }
    const { res } = c
    const sent = raw.method === 'HEAD' ? 0 : lengthOf(res)
    if (sent !== undefined) {
      record(requests, c, raw.signal.aborted ? ABORTED : res.status, begun, received, sent)
      return
    }
    const body = countedStream(res.body!, (bytes, whole) =>
      record(requests, c, whole && !raw.signal.aborted ? res.status : ABORTED, begun, received, bytes),
    )
    // Set to nothing first: Hono would else copy the headers of the one before.
    c.res = undefined
    c.res = new Response(body, res)
  }
}

const NOTHING: NodeEnv = {}

function record(
  requests: ServerRequests,
  c: Context,
  status: number,
  begun: number,
  received: number | undefined,
  sent: number,
): void {
  const robot = isRobot(c.req.raw.headers.get('user-agent') ?? undefined)
  requests.record(routeOf(c), status, robot, performance.now() - begun, received, sent)
}

/** The pattern of the route that Hono came to last: of the handler that answers, or of a middleware where there is none. */
function routeOf(c: Context): string {
  return routePath(c) || UNMATCHED
}
