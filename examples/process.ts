// An app that tells of its own requests: npx tsx examples/process.ts, then
// curl 'http://127.0.0.1:8889/metrics/process?period=5m&aggregate=request_latency'
// curl http://127.0.0.1:8889/metrics
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { Poller, pollerHandler } from 'treering/period'
import { createProcessSource, createRegistry, meterHono } from 'treering/process'
import { CONTENT_TYPE, familiesTextInSlices } from 'treering/prometheus'

const registry = createRegistry()
const orders = registry.counter('shop/orders', { fields: { item: 'string' } })
const poller = new Poller(createProcessSource({ registry }), { dir: 'data/process' }).start()

const app = new Hono()
app.use(meterHono(registry))
app.get('/buy/:item', (c) => {
  orders.add(1, { item: c.req.param('item') })
  return c.text('thank you')
})
app.get('/metrics/process', pollerHandler(poller).handle)
app.get('/metrics', async (c) =>
  c.body(await familiesTextInSlices(registry.liveFamilies(), 'prometheus'), 200, {
    'content-type': CONTENT_TYPE.prometheus,
  }),
)
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 8889 }, ({ port }) => {
  console.log(`listening on http://127.0.0.1:${port}`)
})
process.once('SIGTERM', () => server.close(() => void poller.stop()))
