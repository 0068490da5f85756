/** Requests of plain `node:http` servers. */
import { IncomingMessage, type RequestListener, type ServerOptions, ServerResponse } from 'node:http'
import type { Registry } from '../metrics/registry.ts'
import { sizeOf } from './body.ts'
import { EXCHANGE, Exchange, exchangeOf, watch } from './exchange.ts'
import { serverRequests } from './server.ts'

/** What `node:http` does not know of a request. */
export interface RouteOptions {
  /**
   * The pattern of a request's route, such as `/users/:id`; undefined is `*`. Never its path: each would be a stream of its own.
   * `setRoute` says it from within a handler. @default () => undefined
   */
  readonly route?: (request: IncomingMessage) => string | undefined
}

/** Says the pattern of a request's route, from within its handler. */
export function setRoute(response: ServerResponse, route: string): void {
  const exchange = exchangeOf(response)
  if (exchange !== undefined) exchange.route = route
}

/**
 * A handler whose requests are recorded: `createServer(meterHandler(registry, handler))`. What it throws counts as 500, and is
 * thrown on.
 */
export function meterHandler(
  registry: Registry,
  handler: (request: IncomingMessage, response: ServerResponse) => unknown,
  { route }: RouteOptions = {},
): RequestListener {
  const requests = serverRequests(registry)
  return (request, response) => {
    if (!requests.enabled) return handler(request, response)
    const exchange = watch(requests, request, response)
    exchange.route ??= route?.(request)
    const threw = (error: unknown): never => {
      exchange.threw = true
      exchange.end(request, response)
      throw error
    }
    try {
      const answered = handler(request, response)
      return answered instanceof Promise ? answered.catch(threw) : answered
    } catch (error) {
      return threw(error)
    }
  }
}

/**
 * Options of a server that records all its requests: `createServer(meterServer(registry), handler)`. The cheapest way, since
 * counting is in the classes of its requests and responses, and nothing is put on each. What a handler throws is not seen; a request left
 * without an answer ends as given up.
 */
export function meterServer(
  registry: Registry,
  { route }: RouteOptions = {},
): Required<
  Pick<ServerOptions<typeof IncomingMessage, typeof ServerResponse>, 'IncomingMessage' | 'ServerResponse'>
> {
  const requests = serverRequests(registry)

  class MeteredRequest extends IncomingMessage {
    receivedBytes = 0

    override push(chunk: unknown, encoding?: BufferEncoding): boolean {
      if (chunk !== null) this.receivedBytes += sizeOf(chunk, encoding)
      return super.push(chunk, encoding)
    }
  }

  class MeteredResponse extends ServerResponse<MeteredRequest> {
    readonly [EXCHANGE] = new Exchange(requests)

    constructor(request: MeteredRequest, options?: { highWaterMark?: number }) {
      // Node's types do not know what Node gives.
      super(...([request, options] as unknown as [MeteredRequest]))
      this.on('close', closed)
    }

    // biome-ignore lint/suspicious/noExplicitAny: Node's own overloads
    override write(chunk: any, encoding?: any, callback?: any): boolean {
      this[EXCHANGE].responseBytes += sizeOf(chunk, encoding)
      return super.write(chunk, encoding, callback)
    }

    // biome-ignore lint/suspicious/noExplicitAny: Node's own overloads
    override end(chunk?: any, encoding?: any, callback?: any): this {
      this[EXCHANGE].responseBytes += sizeOf(chunk, encoding)
      return super.end(chunk, encoding, callback)
    }
  }

  function closed(this: MeteredResponse): void {
    if (!requests.enabled) return
    const { [EXCHANGE]: exchange, req } = this
    if (exchange.findRoute === undefined) exchange.route ??= route?.(req)
    exchange.requestBytes = req.receivedBytes
    exchange.end(req, this)
  }
  return { IncomingMessage: MeteredRequest, ServerResponse: MeteredResponse as typeof ServerResponse }
}
