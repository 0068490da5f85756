// The history of what a program knows of its own routes: npx tsx examples/uptime-of-your-own.ts, then
// curl 'http://127.0.0.1:8889/metrics/uptime?period=5m'
import { init } from 'treering'
import { createUptime, type SuppliedStatus } from 'treering/uptime'

/** What a reverse proxy knows: which of its routes answer, and which sleep until somebody comes. */
const routes = new Map<string, SuppliedStatus>([
  ['shop', { status: 'healthy', latencyMs: 12, displayName: 'The shop' }],
  ['wiki', { status: 'napping' }],
  ['blog', { status: 'unhealthy', reason: 'status 502' }],
])
const uptime = createUptime({ targets: () => Object.fromEntries(routes), dir: 'data/uptime-of-your-own' })
const { url } = await init(
  { listen: { host: '127.0.0.1', port: 8889 }, dataDir: 'data/uptime-of-your-own', readers: {} },
  { sources: [uptime] },
)
console.log(`listening on ${url}`)
