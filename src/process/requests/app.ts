/** Requests of whatever answers a `Request` with a `Response`. */
import type { Registry } from '../metrics/registry.ts'
import { isRobot } from './robot.ts'
import { serverRequests } from './server.ts'
import { UNMATCHED } from './status.ts'

/** Answers a request, at once or later. */
export type AppFetch<Env> = (request: Request, env?: Env) => Response | Promise<Response>

/** What a `Request` does not tell, or only at a cost. */
export interface AppOptions<Env> {
  /** The pattern of a request's route, asked when it was answered; undefined is `*`. @default () => undefined */
  readonly route?: (request: Request, env: Env | undefined) => string | undefined
  /** @default the header of the request */
  readonly userAgent?: (request: Request, env: Env | undefined) => string | undefined
}

/**
 * A `fetch` of an app whose requests are recorded, for apps in which a middleware costs too much: an answer that is there at once stays
 * so. Until the answer is there and not until it was sent; sizes of bodies are not known here, and requests that were given up are not told
 * apart.
 */
export function meterApp<Env>(
  registry: Registry,
  fetch: AppFetch<Env>,
  { route, userAgent = headerOf }: AppOptions<Env> = {},
): AppFetch<Env> {
  const requests = serverRequests(registry)
  const record = (request: Request, env: Env | undefined, status: number, begun: number) => {
    const robot = isRobot(userAgent(request, env))
    const name = route?.(request, env) ?? UNMATCHED
    requests.record(name, status, robot, performance.now() - begun, undefined, undefined)
  }
  const later = async (request: Request, env: Env | undefined, begun: number, answer: Promise<Response>) => {
    try {
      const response = await answer
      record(request, env, response.status, begun)
      return response
    } catch (error) {
      record(request, env, 500, begun)
      throw error
    }
  }
  return (request, env) => {
    if (!requests.enabled) return fetch(request, env)
    const begun = performance.now()
    let answer: Response | Promise<Response>
    try {
      answer = fetch(request, env)
    } catch (error) {
      record(request, env, 500, begun)
      throw error
    }
    if (answer instanceof Promise) return later(request, env, begun, answer)
    record(request, env, answer.status, begun)
    return answer
  }
}

function headerOf(request: Request): string | undefined {
  return request.headers.get('user-agent') ?? undefined
}
