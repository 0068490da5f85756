/**
 * Start with a full history, loading, and what a save holds up.
 *
 * Defends: ready ≤ 400 ms, load of 500 entries ≤ 10 ms, no stall of the event loop over 10 ms from a save. The peers are an idle Node's start,
 * and `JSON.parse` and `JSON.stringify` of the same file in one go.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Poller } from '../src/period/index.ts'
import { createSystemInfo } from '../src/systeminfo/index.ts'
import { fillHistory } from './support/history.ts'
import { median, newFolder, sleep, startTreering } from './support/program.ts'

const ROUNDS = 9
const dir = newFolder()
await fillHistory(dir)
const metrics = join(dir, 'metrics')

const ready: number[] = []
const none: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  const began = performance.now()
  const { child, url } = await startTreering(dir)
  await (await fetch(`${url}/metrics?period=1mo&aggregate=cpu_average`)).text()
  ready.push(performance.now() - began)
  child.kill('SIGKILL')
  await sleep(50)
  const alone = performance.now()
  spawnSync(process.execPath, ['-e', ''])
  none.push(performance.now() - alone)
}
console.log(
  `ready to answer: ${median(ready).toFixed(0)} ms, an empty Node program ${median(none).toFixed(0)} ms (budget ≤ 400 ms)`,
)

const loads: number[] = []
const parses: number[] = []
const text = readFileSync(join(metrics, 'system_info.json'), 'utf8')
for (let round = 0; round < ROUNDS; round++) {
  const poller = new Poller(createSystemInfo({}), { dir: metrics })
  let began = performance.now()
  poller.load()
  loads.push(performance.now() - began)
  began = performance.now()
  JSON.parse(readFileSync(join(metrics, 'system_info.json'), 'utf8'))
  parses.push(performance.now() - began)
}
console.log(
  `load of 500 entries, ${(text.length / 1000).toFixed(0)} kB: first ${loads[0]!.toFixed(1)} ms, median ${median(loads).toFixed(1)} ms, ` +
    `read and JSON.parse alone ${median(parses).toFixed(1)} ms (budget ≤ 10 ms)`,
)

const poller = new Poller(createSystemInfo({}), { dir: metrics })
poller.load()
const stalls: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await sleep(20)
  delay.reset()
  await poller.save()
  await sleep(5)
  stalls.push(delay.max / 1e6)
  delay.disable()
}
const began = performance.now()
JSON.stringify(JSON.parse(text))
console.log(
  `longest stall while saving: ${Math.max(...stalls).toFixed(1)} ms, median of saves ${median(stalls).toFixed(1)} ms, ` +
    `parse and stringify in one go ${(performance.now() - began).toFixed(1)} ms (budget ≤ 10 ms)`,
)
process.exit(0)
