// Several instances of one job, each with a task number of its own: start it two or three times (npx tsx examples/task.ts), then
// curl http://127.0.0.1:PORT/process/status, and open http://127.0.0.1:PORT/process/metrics
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { fileTaskNumbers, State, taskRoutes } from 'treering/process/task'

let requests = 0
const task = new State({
  target: { serviceName: 'shop', jobName: 'web', dataCenter: 'eu', hostName: 'a1' },
  taskNumAllocator: fileTaskNumbers({ dir: '/tmp/shop-tasks' }),
  settings: { enabled: true, flush_interval: '10s' },
  metrics: {
    families: () => [{ name: 'requests', type: 'counter', help: 'Requests.', points: [{ value: requests }] }],
    table: () => [{ name: 'requests', cumulative: true, fields: {}, value: requests }],
    resetCumulative() {
      requests = 0
    },
  },
  send: async (families, labels) =>
    console.log(
      labels,
      families.flatMap(({ name, points }) => points.map(({ value }) => `${name} ${value}`)),
    ),
}).start()

const app = new Hono()
  .route('/', taskRoutes(task, { canWrite: true }))
  .get('*', (c) => c.text(`request ${++requests} of instance ${task.status().task_num}\n`))
const server = serve(
  { fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT ?? 0) },
  ({ port }) => console.log(`listening on http://127.0.0.1:${port}`),
)
process.once('SIGTERM', () => void task.stop().then(() => server.close()))
process.once('SIGINT', () => void task.stop().then(() => server.close()))
