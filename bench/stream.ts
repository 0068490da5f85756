/**
 * WebSockets on one query at 1 s: the server's CPU a frame, and the gaps between a client's messages.
 *
 * Defends: 2,000 sockets ≤ 35 µs a frame; 10,000 sockets gap p99 ≤ 1.1 s. The peer is a bare loop that sends the same bytes
 * to as many sockets of `ws`. Needs an open-file limit above twice the sockets.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fillHistory } from './support/history.ts'
import {
  cpuSeconds,
  newFolder,
  type Running,
  residentMiB,
  startNode,
  startTreering,
} from './support/program.ts'

const SECONDS = 15

async function measure(
  name: string,
  { child, url }: Running,
  path: string,
  sockets: number,
): Promise<number> {
  const listeners = spawn(
    process.execPath,
    ['bench/support/listeners.mjs', url.replace('http', 'ws') + path, String(sockets), String(SECONDS)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const lines = createInterface(listeners.stdout)
  let before = 0
  let result = { messages: 0, p50: 0, p99: 0, max: 0 }
  lines.on('line', (line) => {
    if (line === 'begin') before = cpuSeconds(child.pid!)
    else if (line.startsWith('{')) result = JSON.parse(line)
  })
  await once(listeners, 'close')
  const micros = ((cpuSeconds(child.pid!) - before) * 1e6) / result.messages
  console.log(
    `${name}, ${sockets} sockets: ${micros.toFixed(1)} µs a frame, gap p50 ${result.p50.toFixed(0)} ms, ` +
      `p99 ${result.p99.toFixed(0)} ms, longest ${result.max.toFixed(0)} ms, ${residentMiB(child.pid!).toFixed(0)} MiB`,
  )
  return micros
}

const dir = newFolder()
await fillHistory(dir)
const ours = await startTreering(dir)
const path = '/metrics?period=5m&aggregate=cpu_average'
const body = await (await fetch(ours.url + path, { headers: { connection: 'close' } })).text()
const script = join(dir, 'bare.mjs')
writeFileSync(
  script,
  `import http from 'node:http'; import { WebSocketServer } from ${JSON.stringify(resolve('node_modules/ws/wrapper.mjs'))}
   const body = ${JSON.stringify(body)}
   const server = http.createServer(); const wss = new WebSocketServer({ server, perMessageDeflate: false })
   setInterval(() => { const bytes = Buffer.from(body); for (const ws of wss.clients) ws.send(bytes, { binary: false }) }, 1000)
   server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port))`,
)
const bare = await startNode([script])
const [theirs, mine] = [
  await measure('bare loop', bare, '/', 2000),
  await measure('treering', ours, path, 2000),
]
console.log(`treering beside the bare loop: ${(mine / theirs).toFixed(2)} × (budget ≤ 35 µs)`)
await measure('treering, newest sample', ours, '/metrics', 2000)
await measure('treering', ours, path, 10_000)
process.exit(0)
