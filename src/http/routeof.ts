/** The pattern of a request's route, for metrics: a path itself would be a stream for each that somebody thinks of. */

/** First parts of paths below which a name follows. */
const NAMED: Readonly<Record<string, string>> = {
  metrics: '/metrics/:source',
  counters: '/counters/:file',
  badge: '/badge/:alias',
  uptime: '/uptime/:alias/heartbeat',
}
const PLAIN: ReadonlySet<string> = new Set([
  '/',
  '/metrics',
  '/counters',
  '/health',
  '/host',
  '/live',
  '/status',
  '/status.json',
  '/list',
  '/login',
  '/docs',
  '/openapi.json',
  '/debug/vars',
  '/process/status',
  '/process/metrics',
  '/process/settings',
])

/** Undefined for a path that no route has. */
export function routeOf({ url = '' }: { url?: string | undefined }): string | undefined {
  const end = url.indexOf('?')
  const path = end < 0 ? url : url.slice(0, end)
  if (PLAIN.has(path)) return path
  const [, first = '', second = ''] = path.split('/', 3)
  if (first === 'api' && path.startsWith('/api/v1/metrics/')) return '/api/v1/metrics/:source'
  if (first === 'assets') return '/assets/*'
  return second === '' || !Object.hasOwn(NAMED, first) ? undefined : NAMED[first]
}
