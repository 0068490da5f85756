/**
 * What one reading of this machine costs: `npx tsx bench/systeminfo.ts`.
 *
 * Defends: a process that polls once a second spends at most 0.05 CPU seconds a minute, so a reading must stay well
 * under 0.3 ms of CPU. Peers, in the same run: a bare loop that reads the same descriptors and parses nothing (what the
 * kernel and Node take in any case), and the same questions to `systeminformation`. CPU is user and system time of this
 * process and of the programs it started. Readings follow each other at once here; a second apart, caches are cold and
 * the same work costs several times as much: `footprint.ts` measures that, for the whole process.
 */
import { closeSync, openSync, readFileSync, readSync, statfs } from 'node:fs'
import { cpus, release } from 'node:os'
import { promisify } from 'node:util'
import si from 'systeminformation'
import { createSystemInfo, type SystemInfoEntry, type SystemInfoSample } from '../src/systeminfo/index.ts'

const READINGS = 2_000
const SLOW_READINGS = 5
const RINGS = 5
const WARM_UP = 300

/** CPU of this process and its ended children, µs. Source: proc_pid_stat(5), fields 14 to 17 in ticks of 10 ms. */
function cpuMicros(withChildren: boolean): number {
  const { user, system } = process.cpuUsage()
  if (!withChildren) return user + system
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return user + system + (Number(fields[13]) + Number(fields[14])) * 10_000
}

async function measure(times: number, run: () => unknown, withChildren = false) {
  const cpu = cpuMicros(withChildren)
  const start = performance.now()
  for (let i = 0; i < times; i++) await run()
  const wall = ((performance.now() - start) * 1000) / times
  return { cpu: (cpuMicros(withChildren) - cpu) / times, wall }
}

const signal = new AbortController().signal
const source = createSystemInfo({ host: false })
let last: SystemInfoSample = await source.collect(Date.now(), undefined, signal)
const collect = async () => {
  last = await source.collect(Date.now(), last, signal)
}

const entries: (SystemInfoEntry | undefined)[] = Array.from({ length: RINGS })
const reduce = () => {
  const sample = { ...last }
  for (let ring = 0; ring < RINGS; ring++) entries[ring] = source.reduce(entries[ring], sample)
}

const files = ['stat', 'loadavg', 'meminfo', 'diskstats', 'net/dev'].map((name) =>
  openSync(`/proc/${name}`, 'r'),
)
const buffer = Buffer.allocUnsafeSlow(64 * 1024)
const askSpace = promisify(statfs)
const mounts = Object.values(last.disks ?? {}).map((disk) => disk.path)
const bare = async () => {
  for (const fd of files) readSync(fd, buffer, 0, buffer.length, 0)
  await Promise.all(mounts.map((path) => askSpace(path)))
}

const library = () =>
  Promise.all([
    si.currentLoad(),
    si.mem(),
    si.fsSize(),
    si.disksIO(),
    si.fsStats(),
    si.networkStats('*'),
    si.cpuTemperature(),
  ])

for (const run of [collect, bare, reduce]) await measure(WARM_UP, run)
await measure(1, library, true)
const results = {
  collect: await measure(READINGS, collect),
  'reduce into 5 rings': await measure(READINGS, reduce),
  'bare loop, same descriptors': await measure(READINGS, bare),
  'systeminformation, 7 calls': await measure(SLOW_READINGS, library, true),
}
await source.close()
for (const fd of files) closeSync(fd)

console.log(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model}`,
)
console.log(
  `${mounts.length} file systems, ${last.sensors?.length} sensors, ${Object.keys(last.network?.interfaces ?? {}).length} interfaces`,
)
const ours = results.collect.cpu
for (const [name, { cpu, wall }] of Object.entries(results)) {
  const minute = ((cpu * 60) / 1e6).toFixed(3)
  console.log(
    `${name.padEnd(30)} ${cpu.toFixed(1).padStart(9)} µs CPU ${wall.toFixed(1).padStart(9)} µs  ${minute} CPU s/min at 1 Hz  × ${(cpu / ours).toFixed(2)}`,
  )
}
console.log(`a reading takes ${((ours / 300) * 100).toFixed(0)} % of its 300 µs`)
