/** What uptime serves beside its history: changes of status, badges, and where targets report themselves. */
import { type Context, Hono, type Next } from 'hono'
import type { Query, RouteDoc, Rows } from '../period/index.ts'
import { MetricsError, respond, respondEmpty, respondError, respondJson } from '../utils/index.ts'
import type { UptimeRow } from './aggregate.ts'
import { badge } from './badge.ts'
import type { Events } from './events.ts'
import type { Heartbeat } from './probe/push.ts'
import { isStatus, STATUSES } from './status.ts'
import type { Kind } from './target/index.ts'

/** Bytes of what a target says of itself. */
const MAX_HEARTBEAT_BYTES = 4096
/** A week: what took longer has forgotten when it began. */
const MAX_LATENCY_MS = 7 * 86_400_000
const MAX_KEYWORD = 256
const MAX_REASON = 512
const DEFAULT_BADGE_PERIOD = '1d'
/** Targets that are named to whom asks for one that there is not. */
const MAX_NAMED = 10
/** Under which a request keeps the aliases of the sources that it has been to. */
const ALIASES = 'uptime aliases'

/** What the routes need of a source. */
export interface RoutedSource {
  readonly name: string
  readonly events: Events
  /**
   * Takes what a target of kind `push` says of itself.
   *
   * @throws MetricsError `not_found` for an alias that is not watched, `conflict` for one that does not report itself.
   */
  heartbeat(alias: string, heartbeat?: Heartbeat): void
  /** Whether there is such a target now. */
  watches(alias: string): boolean
  displayNameOf(alias: string): string
  /** Of all targets there are now, or of those that are checked like this; sorted. */
  aliases(kind?: Kind): readonly string[]
}

/**
 * `GET /metrics/<name>/events`, `GET /badge/<alias>.svg`, `POST /uptime/<alias>/heartbeat`; to be mounted at the
 * root. What is about a target that this source does not have is left to the routes behind these, since several sources may
 * be mounted; where those do not know it either, the answer names targets that there are.
 *
 * @param poller That of the source: badges are made of its history.
 */
export function uptimeRoutes(source: RoutedSource, poller: { query(query: Query): Rows }): Hono {
  const app = new Hono()
  app.get(`/metrics/${source.name}/events`, (c) => respondJson(source.events.list(pageOf(c))))
  app.get(`/api/v1/metrics/${source.name}/events`, (c) => respondJson(source.events.list(pageOf(c))))
  app.get('/badge/:file', async (c, next) => {
    const alias = /^(.+)\.svg$/.exec(c.req.param('file'))?.[1]
    const period = c.req.query('period') || DEFAULT_BADGE_PERIOD
    if (alias === undefined) return next()
    const query = { period, stat: 'mean', limit: 0, offset: 0, keyword: alias, params: {} } as const
    const rows = poller.query(query).data as readonly UptimeRow[]
    const row = rows.find((each) => each.alias === alias)
    if (row === undefined && !source.watches(alias)) return elsewhere(c, next, alias, source.aliases())
    const { uptime = 0, downtime = 0 } = row ?? {}
    // A printer that is off by plan every night is not up for half of the time only.
    const picture = badge(
      source.displayNameOf(alias),
      uptime + downtime > 0 ? uptime / (uptime + downtime) : null,
    )
    // Pages of other sites may show it: that is what it is for.
    return respond(picture, 'image/svg+xml; charset=utf-8', 200, {
      'cross-origin-resource-policy': 'cross-origin',
    })
  })
  app.post('/uptime/:alias/heartbeat', async (c, next) => {
    const alias = c.req.param('alias')
    if (!source.watches(alias)) return elsewhere(c, next, alias, source.aliases('push'))
    source.heartbeat(alias, await heartbeatOf(c))
    return respondEmpty(204)
  })
  return app.onError((error) => {
    if (error instanceof MetricsError) return respondError(error)
    throw error
  })
}

/** Those routes described, of the source of this name. */
export function uptimeDocs(name: string): RouteDoc[] {
  const summary = 'Changes of status, newest first'
  return [
    { path: `/metrics/${name}/events`, summary, answer: 'total, data' },
    { path: `/api/v1/metrics/${name}/events`, summary, answer: 'total, data' },
    {
      path: '/badge/{alias}.svg',
      summary: 'A target as a picture, `period` as for its history',
      answer: 'SVG',
    },
    {
      method: 'post',
      path: '/uptime/{alias}/heartbeat',
      summary: 'A target of kind push reports itself',
      answer: 'Nothing (204)',
    },
  ]
}

/** Leaves it to the routes behind; where they have nothing for it, says which targets the sources have that were asked. */
async function elsewhere(c: Context, next: Next, alias: string, own: readonly string[]): Promise<void> {
  const aliases = [...new Set([...((c.get(ALIASES) as readonly string[] | undefined) ?? []), ...own])]
  c.set(ALIASES, aliases)
  await next()
  // The last of several sources knows the aliases of all.
  if (c.res.status !== 404 || c.get(ALIASES) !== aliases) return
  const more = aliases.length - MAX_NAMED
  const some = aliases.slice(0, MAX_NAMED).join(', ') || 'none'
  const reason = `unknown target ${JSON.stringify(alias)}: there are ${some}${more > 0 ? ` and ${more} more` : ''}`
  // Headers of an answer that is taken back would be kept.
  c.res = undefined
  c.res = respondError(new MetricsError('not_found', reason))
}

function pageOf(c: Context): { limit: number; offset: number; keyword: string } {
  const whole = (name: string): number => {
    const text = c.req.query(name) || '0'
    if (/^\d{1,9}$/.test(text)) return Number(text)
    throw new MetricsError(
      'invalid',
      `invalid ${name} ${JSON.stringify(text.slice(0, 64))}: allowed are whole numbers from 0 to 999999999`,
    )
  }
  const keyword = c.req.query('keyword') ?? ''
  if (keyword.length > MAX_KEYWORD)
    throw new MetricsError('invalid', `invalid keyword: longer than ${MAX_KEYWORD} characters`)
  return { limit: whole('limit'), offset: whole('offset'), keyword }
}

/** An empty body says that all is well. @throws MetricsError `invalid` */
async function heartbeatOf(c: Context): Promise<Heartbeat> {
  const text = await textOf(c)
  if (text.trim() === '') return {}
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new MetricsError(
      'invalid',
      'invalid heartbeat: the body is not JSON; an empty one says that all is well',
    )
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new MetricsError('invalid', 'invalid heartbeat: expected a map of status, latency_ms, reason')
  const { status = 'healthy', latency_ms = 0, reason } = json as Record<string, unknown>
  if (!isStatus(status))
    throw new MetricsError('invalid', `invalid status: allowed are ${STATUSES.join(', ')}`)
  if (typeof latency_ms !== 'number' || !(latency_ms >= 0 && latency_ms <= MAX_LATENCY_MS))
    throw new MetricsError('invalid', `invalid latency_ms: allowed are numbers from 0 to ${MAX_LATENCY_MS}`)
  if (reason !== undefined && typeof reason !== 'string')
    throw new MetricsError('invalid', 'invalid reason: expected a text')
  return {
    status,
    latencyMs: latency_ms,
    ...(reason === undefined ? {} : { reason: reason.slice(0, MAX_REASON) }),
  }
}

/** The body, as far as it is allowed; no more of it is read. */
async function textOf(c: Context): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of c.req.raw.body ?? []) {
    bytes += part.length
    if (bytes > MAX_HEARTBEAT_BYTES)
      throw new MetricsError('invalid', `invalid heartbeat: longer than ${MAX_HEARTBEAT_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
