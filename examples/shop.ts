// A shop that measures itself: its history and page from treering beside it, Prometheus reads it there, and each minute it is shipped to
// Elasticsearch under its task number. npx tsx examples/shop.ts [CONFIG], as many at once as wanted: they are tasks 0, 1, 2, …
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { init, loadConfig } from 'treering'
import { createRegistry, meterHono } from 'treering/process'

const registry = createRegistry()
const orders = registry.counter('shop/orders', { fields: { item: 'string' } })
const tree = await init(await loadConfig(process.argv[2] ?? 'examples/shop.yaml'), { registry })

const app = new Hono()
app.use(meterHono(registry))
app.get('/buy/:item', (c) => {
  orders.add(1, { item: c.req.param('item') })
  return c.text('thank you')
})

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  console.log(`listening on http://127.0.0.1:${port}`)
  console.log(`curl '${tree.url}/metrics/process?period=5m&aggregate=request_latency'`)
  console.log(`curl -H 'accept: text/plain;version=0.0.4' ${tree.url}/metrics`)
  console.log(`curl ${tree.url}/process/status`)
})
for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, () => {
    server.close()
    void tree.close()
  })
