/**
 * A program that is a monitored task: `node app.mjs JSON`. Prints its address, then a line for each flush. Its settings stand in a
 * JSON file, which it watches as treering watches its own.
 */
import { readFileSync, watchFile } from 'node:fs'
import { createAdaptorServer } from '@hono/node-server'
import {
  fileTaskNumbers,
  postgresTaskNumbers,
  redisTaskNumbers,
  State,
  taskRoutes,
} from '../../../dist/process/task/index.js'

const { place, leaseMs, file } = JSON.parse(process.argv[2])
const open = { file: fileTaskNumbers, redis: redisTaskNumbers, postgres: postgresTaskNumbers }[place.type]
const settings = () => JSON.parse(readFileSync(file, 'utf8'))
let requests = 0
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)
const task = new State({
  target: { serviceName: 'shop', jobName: 'web', dataCenter: 'eu', hostName: 'a1' },
  taskNumAllocator: open({ ...place, leaseMs }),
  leastIntervalMs: 50,
  settings: settings(),
  metrics: {
    families: () => [{ name: 'requests', type: 'counter', help: 'Requests.', points: [{ value: requests }] }],
    table: () => [{ name: 'requests', cumulative: true, fields: {}, value: requests }],
    resetCumulative() {
      requests = 0
    },
  },
  send: async (families, labels) => {
    const value = families.find(({ name }) => name === 'requests').points[0].value
    print({ number: Number(labels.task_num), requests: value, at: performance.now() })
  },
})
const routes = taskRoutes(task, { canWrite: true })
const server = createAdaptorServer({
  fetch(request) {
    requests++
    return routes.fetch(request)
  },
})
server.listen(0, '127.0.0.1', () => {
  print({ url: `http://127.0.0.1:${server.address().port}` })
  task.start()
})
watchFile(file, { interval: 50 }, () => {
  try {
    task.settings.configure(settings())
  } catch (error) {
    print({ refused: error.message })
  }
})
process.once('SIGTERM', () => task.stop().then(() => process.exit(0)))
