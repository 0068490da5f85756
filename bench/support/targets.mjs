/**
 * Local HTTP targets, each on a port of its own: `node targets.mjs COUNT`. Prints their ports, and on each line of
 * its input how far the requests of each target lay beside its own second since the line before.
 */
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'

const count = Number(process.argv[2])
let arrivals = []
const ports = []
for (let i = 0; i < count; i++) {
  const server = createServer((_, response) => {
    arrivals[i] ??= []
    arrivals[i].push(performance.now())
    response.end('ok')
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  ports.push(server.address().port)
}
console.log(JSON.stringify(ports))
for await (const _ of createInterface({ input: process.stdin })) {
  const spreads = arrivals
    .filter((times) => times?.length > 2)
    .map((times) => {
      const beside = times.map((time) => ((((time - times[0] + 500) % 1000) + 1000) % 1000) - 500)
      return Math.max(...beside) - Math.min(...beside)
    })
  const requests = arrivals.reduce((sum, times) => sum + (times?.length ?? 0), 0)
  spreads.sort((a, b) => a - b)
  console.log(
    JSON.stringify({
      requests,
      targets: spreads.length,
      p99: spreads[Math.floor(spreads.length * 0.99)] ?? 0,
      max: spreads.at(-1) ?? 0,
    }),
  )
  arrivals = []
}
