/** The route of a request that Hono answers. */
import type { Context } from 'hono'
import { UNMATCHED } from './status.ts'

type Requested = Context['req']

/** What Hono's router found: for each handler its route, in the order in which they are called. */
type Matched = readonly [
  readonly { readonly 0: readonly [handler: unknown, route: { readonly path?: string }] }[],
]

/** Tells the pattern of the route that Hono came to last: of the handler that answers, or of a middleware where there is none. */
export type RouteOf = (c: Context) => string

/**
 * Hono's own `routePath` lists all routes of a request to name one; and it knows requests of its own copy of Hono alone, where an app may
 * come with another one. So it is looked up where Hono keeps it, once for each copy.
 */
export function routeFinder(): RouteOf {
  let known: { readonly of: object; readonly key: symbol | undefined } | undefined
  return ({ req }) => {
    const of = Object.getPrototypeOf(req) as object
    if (known?.of !== of)
      known = { of, key: Object.getOwnPropertySymbols(of).find((key) => isPlace(req, key)) }
    const { key } = known
    return (key === undefined ? req.routePath : pathAt(req, key)) || UNMATCHED
  }
}

/** By its shape: a request that no route matched has it too. */
function isPlace(req: Requested, key: symbol): boolean {
  return Array.isArray((req as unknown as Record<symbol, Partial<Matched> | undefined>)[key]?.[0])
}

function pathAt(req: Requested, key: symbol): string | undefined {
  const [matched] = (req as unknown as Record<symbol, Matched>)[key]!
  return matched[req.routeIndex]?.[0][1].path
}
