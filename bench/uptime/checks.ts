/**
 * 1,000 local HTTP targets, one check a second each: treering, a bare loop and blackbox_exporter, one after the
 * other. See `../uptime.ts`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cpuSeconds, newFolder, residentMiB, sleep, startTreering } from '../support/program.ts'

const TARGETS = 1000
const SECONDS = Number(process.env.SECONDS ?? 30)
/** Until everything is compiled. */
const WARM_MS = 10_000
const BLACKBOX = 'prometheus-blackbox-exporter'
const BLACKBOX_PORT = 19_115

const server = spawn(process.execPath, ['bench/support/targets.mjs', String(TARGETS)], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
process.once('exit', () => server.kill('SIGKILL'))
const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
const answer = async () => JSON.parse((await lines.next()).value as string)
const ports = (await answer()) as number[]

/** What came to the targets since the last call: by how much the checks of one target lay beside one another's second. */
async function arrived(): Promise<{ requests: number; p99: number; max: number }> {
  server.stdin.write('\n')
  return answer()
}

/** Cores that a process uses while it checks all targets. */
async function measure(name: string, child: ChildProcess): Promise<number> {
  const pid = child.pid!
  await sleep(WARM_MS)
  await arrived()
  const began = {
    cpu: cpuSeconds(pid),
    at: performance.now(),
    memory: residentMiB(pid),
    open: openFiles(pid),
  }
  await sleep(SECONDS * 1000)
  const seconds = (performance.now() - began.at) / 1000
  const cores = (cpuSeconds(pid) - began.cpu) / seconds
  const { requests, p99, max } = await arrived()
  const memory = `${began.memory.toFixed(1)} → ${residentMiB(pid).toFixed(1)} MiB`
  console.log(
    `${name}: ${cores.toFixed(3)} core, ${(requests / seconds).toFixed(0)} checks/s, late p99 ${p99.toFixed(1)} ms, most ${max.toFixed(1)} ms, ` +
      `${memory}, descriptors ${began.open} → ${openFiles(pid)}`,
  )
  child.kill('SIGKILL')
  await once(child, 'exit')
  return cores
}

function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`])
    return true
  } catch {
    return false
  }
}

/** blackbox_exporter, asked for each target once a second as Prometheus would. */
async function measureBlackbox(): Promise<number> {
  const config = join(dir, 'blackbox.yml')
  writeFileSync(
    config,
    'modules: { http: { prober: http, timeout: 1s, http: { preferred_ip_protocol: ip4 } } }',
  )
  const listen = `127.0.0.1:${BLACKBOX_PORT}`
  const child = spawn(BLACKBOX, [`--config.file=${config}`, `--web.listen-address=${listen}`], {
    stdio: 'ignore',
  })
  process.once('exit', () => child.kill('SIGKILL'))
  await sleep(1000)
  const urls = ports.map((port) => `http://${listen}/probe?module=http&target=http://127.0.0.1:${port}/`)
  const asking = spawn(process.execPath, ['bench/support/httploop.mjs', JSON.stringify(urls)], {
    stdio: 'ignore',
  })
  process.once('exit', () => asking.kill('SIGKILL'))
  const cores = await measure('blackbox_exporter', child)
  asking.kill('SIGKILL')
  return cores
}

console.log(
  `${TARGETS} HTTP targets, one check a second each, ${SECONDS} s (budget ≤ 0.35 core, ≤ 100 ms late):`,
)
const dir = newFolder()
const file = join(dir, 'treering.yaml')
const addresses = ports.map((port) => `http://127.0.0.1:${port}/`)
const targets = Object.fromEntries(addresses.map((url, i) => [`target-${i}`, url]))
const readers = { system_info: false, counters: false, uptime: { interval: '1s', targets } }
writeFileSync(file, JSON.stringify({ readers }))
const { child } = await startTreering(dir, ['--config', file])
const own = await measure('treering', child)
const loop = await measure(
  'bare node:http loop',
  spawn(process.execPath, ['bench/support/httploop.mjs', JSON.stringify(addresses)], { stdio: 'ignore' }),
)
console.log(`treering / bare loop: ${(own / loop).toFixed(2)}`)
if (isInstalled(BLACKBOX)) {
  const peer = await measureBlackbox()
  console.log(`treering / blackbox_exporter: ${(own / peer).toFixed(2)}`)
} else console.log(`${BLACKBOX} is not installed`)
process.exit(0)
