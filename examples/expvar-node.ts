// Variables of a Node program, as a Go program has them: npx tsx examples/expvar-node.ts, then
// curl http://127.0.0.1:8889/debug/vars
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createVars, varsListener } from 'treering/expvar'

const vars = createVars()
const jobs = vars.int('jobs')
const requests = vars.map('requests')
vars.string('phase').set('running')
vars.func('queue', () => ({ depth: 3, oldest_ns: 1_795_317_167_162_505_083n }))

const work = setInterval(() => jobs.add(1), 100)

const variables = varsListener(vars)
const server = createServer((request, response) => {
  requests.add(request.method ?? 'none')
  if (request.url?.startsWith('/debug/vars')) variables(request, response)
  else response.writeHead(404).end()
}).listen({ host: '127.0.0.1', port: 8889 }, () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
process.once('SIGTERM', () => {
  clearInterval(work)
  vars.close()
  server.close()
})
