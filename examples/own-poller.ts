// A poller of one's own, served: npx tsx examples/own-poller.ts, then
// curl 'http://127.0.0.1:8889/metrics/queue?period=5m'
import { init, type Source } from 'treering'

const jobs: string[] = []
setInterval(() => jobs.push('job'), 100).unref()

const queue: Source<{ timestamp: number; depth: number }> = {
  name: 'queue',
  collect: async (now) => ({ timestamp: now / 1000, depth: jobs.length }),
  aggregate: (entries) => ({ total: entries.length, data: entries }),
}
const { url } = await init(
  { listen: { host: '127.0.0.1', port: 8889 }, dataDir: 'data/own-poller', readers: {} },
  { sources: [queue] },
)
console.log(`listening on ${url}`)
