// A poller inside an app that is there already: npx tsx examples/in-your-app.ts, then
// curl 'http://127.0.0.1:8889/metrics/memory?period=5m&stat=max'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { foldStat, Poller, pollerHandler, readStat, type Stat, statOf } from 'treering/period'

const memory = new Poller(
  {
    name: 'memory',
    collect: async (now) => ({ timestamp: now / 1000, rss: process.memoryUsage.rss() }),
    // Mean, minimum and maximum of all samples of a slot.
    reduce(entry: { timestamp: number; rss: Stat } | undefined, { timestamp, rss }) {
      if (entry === undefined) return { timestamp, rss: statOf(rss) }
      foldStat(entry.rss, rss)
      return { timestamp, rss: entry.rss }
    },
    aggregate: (entries, { stat }) => ({
      total: entries.length,
      data: entries.map(({ timestamp, rss }) => ({ timestamp, rss: readStat(rss, stat) })),
    }),
  },
  { dir: 'data/in-your-app' },
).start()

const app = new Hono().get('/metrics/memory', pollerHandler(memory).handle)
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 8889 }, ({ port }) => {
  console.log(`listening on http://127.0.0.1:${port}`)
})
process.once('SIGTERM', async () => {
  server.close()
  await memory.stop()
})
