/** The history of 1,000 targets, all 500 slots filled: memory, file, load, save, answer. See `../uptime.ts`. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { rowsText } from '../../src/period/answers.ts'
import { type AnyPoller, PERIODS, Poller } from '../../src/period/index.ts'
import { createUptime, type SuppliedStatus } from '../../src/uptime/index.ts'
import { median, newFolder, sleep } from '../support/program.ts'

const TARGETS = 1000
const ROUNDS = 9
const dir = newFolder()
const clock = { ms: 1_795_000_000_000, now: () => clock.ms, monotonic: () => clock.ms }

/** A thousandth is unhealthy at any time. */
function supply(): Record<string, SuppliedStatus> {
  const statuses = Array.from({ length: TARGETS }, (_, i) => {
    const status = Math.random() < 0.999 ? 'healthy' : 'unhealthy'
    return [`target-${i}`, { status, latencyMs: Math.random() * 100 }] as const
  })
  return Object.fromEntries(statuses)
}

function poller(): AnyPoller {
  return new Poller(createUptime({ targets: supply }), { dir, clock })
}

/** Megabytes of the heap and of typed arrays. */
async function used(): Promise<number> {
  // A second time for what was only held by something that the first freed.
  globalThis.gc?.()
  await sleep(50)
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 1e6
}

const figures = (times: readonly number[]) =>
  `median ${median(times).toFixed(1)} ms, best ${Math.min(...times).toFixed(1)} ms, worst ${Math.max(...times).toFixed(1)} ms`

const filled = poller()
filled.load()
const end = clock.ms
const times = PERIODS.flatMap(({ intervalMs }) => Array.from({ length: 100 }, (_, i) => end - i * intervalMs))
for (const ms of times.sort((a, b) => a - b)) {
  clock.ms = ms
  await filled.poll()
}

const query = { period: '1h', stat: 'mean', limit: 0, offset: 0, keyword: '', params: {} } as const
const answers: number[] = []
const objects: number[] = []
let bytes = 0
for (let round = 0; round < 2 * ROUNDS; round++) {
  let began = performance.now()
  bytes = Buffer.from(rowsText(filled.query(query))).length
  answers.push(performance.now() - began)
  began = performance.now()
  Buffer.from(JSON.stringify(filled.query(query).data))
  objects.push(performance.now() - began)
}
console.log(
  `aggregate and encode ${TARGETS} × 100, ${(bytes / 1e6).toFixed(1)} MB (budget ≤ 40 ms; GoDoxy 208 ms):`,
)
console.log(`  ${figures(answers)}; by JSON.stringify ${figures(objects)}`)

const stalls: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await sleep(20)
  delay.reset()
  await filled.save()
  await sleep(5)
  stalls.push(delay.max / 1e6)
  delay.disable()
}
await filled.stop()

const size = statSync(join(dir, 'uptime.json')).size / 1e6
const loads: number[] = []
const before = await used()
let memory = 0
for (let round = 0; round < ROUNDS; round++) {
  const fresh = poller()
  const began = performance.now()
  fresh.load()
  loads.push(performance.now() - began)
  if (fresh.query(query).total !== TARGETS) throw new Error('the history was not loaded')
  if (round > 0) continue
  // Somebody has looked at every period: all entries are columns then, none is text any more.
  for (const { name } of PERIODS) fresh.query({ ...query, period: name })
  memory = (await used()) - before
}
console.log(`history of ${TARGETS} × 500 (GoDoxy: 45 MB of JSON, load 620 ms, save 440 ms):`)
console.log(`  ${memory.toFixed(1)} MB of memory (budget ≤ 25), ${size.toFixed(1)} MB of JSON (≤ 12)`)
console.log(`  load ${figures(loads)} (≤ 300 ms)`)
console.log(`  longest stall of the event loop in a save ${figures(stalls)} (≤ 10 ms)`)
process.exit(0)
