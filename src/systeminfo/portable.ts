/**
 * A machine without Linux's `/proc`, read through `systeminformation`.
 *
 * The library starts programs for most of its answers, so each part is read no more often than it changes, one at a
 * time, and a reading takes the last answer rather than wait for a slow one.
 */
import { cpus, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Systeminformation } from 'systeminformation'
import type { Collectors } from './collectors.ts'
import { busyPercent, cpuPercent } from './cpu.ts'
import { disksIoOf } from './disksio.ts'
import { Latest } from './latest.ts'
import { isRemote } from './mounts.ts'
import { networkOf } from './network.ts'
import { type Counters, percentOf } from './rates.ts'
import type {
  Cpu,
  CpuModes,
  Disk,
  DiskIo,
  Load,
  Memory,
  Network,
  Sensor,
  Swap,
  SystemInfoSample,
} from './sample.ts'
import type { Machine, Settings } from './settings.ts'

/** How often each part is read. */
const INTERVAL_MS = {
  memory: 1_000,
  network: 1_000,
  disksIo: 1_000,
  disks: 30_000,
  sensors: 10_000,
  physical: 60_000,
} as const
/** A reading waits this long for any of them. */
const TIMEOUT_MS = 400
/** The system gives disk transfers as one sum. */
const ALL_DISKS = 'all'

const library = async () => (await import('systeminformation')).default

/** CPU time of all CPUs, seconds. What the system does not tell apart is 0. */
export function cpuSeconds(all: ReturnType<typeof cpus>): CpuModes {
  const modes: CpuModes = { user: 0, nice: 0, system: 0, idle: 0, iowait: 0, irq: 0, softirq: 0, steal: 0 }
  for (const { times } of all) {
    modes.user += times.user / 1000
    modes.nice += times.nice / 1000
    modes.system += times.sys / 1000
    modes.idle += times.idle / 1000
    modes.irq += times.irq / 1000
  }
  return modes
}

/** Memory and swap. */
export function memoryOf(mem: Systeminformation.MemData): { memory: Memory; swap: Swap } {
  const { total, available, free, swaptotal, swapused, swapfree } = mem
  const used = Math.max(0, total - available)
  return {
    memory: { total, available, used, free, used_percent: percentOf(used, total) ?? 0 },
    swap: { total: swaptotal, used: swapused, free: swapfree, used_percent: percentOf(swapused, swaptotal) },
  }
}

/** File systems by device; the shortest mount point of a device is shown, and remote ones only at `named` mount points. */
export function disksOf(
  all: readonly Systeminformation.FsSizeData[],
  named: readonly string[] = [],
): Record<string, Disk> {
  const disks: Record<string, Disk> = {}
  for (const { fs, type, size, used, available, mount } of all.toSorted(
    (a, b) => a.mount.length - b.mount.length,
  )) {
    if (!(size > 0) || disks[fs] !== undefined) continue
    if (isRemote(type.toLowerCase()) && !named.includes(mount)) continue
    const used_percent = percentOf(used, used + available)
    disks[fs] = { path: mount, fstype: type, total: size, free: available, used, used_percent }
  }
  return disks
}

/** The CPU's temperatures; none where the system does not show them. */
export function sensorsOf({ main, cores }: Systeminformation.CpuTemperatureData): Sensor[] {
  const sensor = (name: string, temperature: number | null) =>
    Number.isFinite(temperature)
      ? [{ name, temperature: temperature as number, high: null, critical: null }]
      : []
  return [
    ...sensor('cpu', main),
    ...cores.flatMap((temperature, core) => sensor(`cpu_core_${core}`, temperature)),
  ]
}

/** Reads all parts that are switched on. */
export class PortableMachine implements Machine {
  readonly #settings: Settings
  readonly #collectors: Collectors
  readonly #memory: Latest<{ memory: Memory; swap: Swap }>
  readonly #disks: Latest<Record<string, Disk>>
  readonly #sensors: Latest<Sensor[]>
  readonly #disksIo: Latest<Record<string, DiskIo>>
  readonly #network: Latest<Network>
  readonly #physical: Latest<Set<string>>
  #cpuBefore: CpuModes | undefined
  #disksBefore: Counters | undefined
  #networkBefore: Counters | undefined

  constructor(settings: Settings, collectors: Collectors) {
    this.#settings = settings
    this.#collectors = collectors
    const latest = <T>(read: () => Promise<T>, intervalMs: number) =>
      new Latest(read, Math.max(0, intervalMs - settings.intervalMs / 2), TIMEOUT_MS, settings.clock)
    this.#memory = latest(async () => memoryOf(await (await library()).mem()), INTERVAL_MS.memory)
    this.#disks = latest(
      async () => disksOf(await (await library()).fsSize(), settings.mounts),
      INTERVAL_MS.disks,
    )
    this.#sensors = latest(
      async () => sensorsOf(await (await library()).cpuTemperature()),
      INTERVAL_MS.sensors,
    )
    this.#physical = latest(physicalInterfaces, INTERVAL_MS.physical)
    this.#disksIo = latest(() => this.#readDisksIo(), INTERVAL_MS.disksIo)
    this.#network = latest(() => this.#readNetwork(), INTERVAL_MS.network)
  }

  async read(now: number, fresh: boolean, signal: AbortSignal): Promise<SystemInfoSample> {
    const { parts, settleMs } = this.#settings
    const run = this.#collectors
    if (fresh) await this.#startRates(settleMs, signal)
    const cpu = parts.cpu ? run.run('cpu', () => this.#readCpu()) : null
    const [memory, disks, disks_io, network, sensors] = await Promise.all([
      parts.memory ? run.runAsync('memory', () => this.#memory.get()) : null,
      parts.disk ? run.runAsync('disks', () => this.#disks.get()) : null,
      parts.disk ? run.runAsync('disks_io', () => this.#disksIo.get()) : null,
      parts.network ? run.runAsync('network', () => this.#network.get()) : null,
      parts.sensors ? run.runAsync('sensors', () => this.#sensors.get()) : null,
    ])
    return {
      timestamp: Math.floor(now / 1000),
      cpu_average: cpu?.percent ? busyPercent(cpu.percent) : null,
      cpu,
      load: parts.cpu ? readLoad() : null,
      memory: memory?.memory ?? null,
      swap: memory?.swap ?? null,
      disks,
      disks_io,
      network,
      sensors,
      cgroup: null,
    }
  }

  close(): void {}

  async #startRates(settleMs: number, signal: AbortSignal): Promise<void> {
    this.#cpuBefore = this.#disksBefore = this.#networkBefore = undefined
    if (settleMs === 0) return
    const { parts } = this.#settings
    if (parts.cpu) this.#readCpu()
    const first = [parts.disk && this.#disksIo.get(), parts.network && this.#network.get()]
    // A part that fails here fails again below, where it is counted.
    await Promise.allSettled(first)
    await sleep(settleMs, undefined, { signal })
    this.#disksIo.expire()
    this.#network.expire()
  }

  #readCpu(): Cpu {
    const seconds = cpuSeconds(cpus())
    const percent = this.#cpuBefore === undefined ? null : cpuPercent(this.#cpuBefore, seconds)
    this.#cpuBefore = seconds
    return { percent, seconds }
  }

  async #readDisksIo(): Promise<Record<string, DiskIo>> {
    const { fsStats, disksIO } = await library()
    const [bytes, counts] = await Promise.all([fsStats(), disksIO()])
    if (!bytes || !counts) return {}
    const devices = new Map([[ALL_DISKS, [counts.rIO, counts.wIO, bytes.rx, bytes.wx]]])
    const now: Counters = { at: this.#settings.clock(), devices }
    const all = disksIoOf(this.#disksBefore, now)
    this.#disksBefore = now
    return all
  }

  async #readNetwork(): Promise<Network> {
    const { networkStats } = await library()
    const stats = await networkStats('*')
    const devices = new Map(stats.map((one) => [one.iface, [one.rx_bytes, one.tx_bytes]]))
    const now: Counters = { at: this.#settings.clock(), devices }
    const network = networkOf(this.#networkBefore, now, await this.#physical.get())
    this.#networkBefore = now
    return network
  }
}

async function physicalInterfaces(): Promise<Set<string>> {
  const all = await (await library()).networkInterfaces()
  const list = Array.isArray(all) ? all : [all]
  return new Set(list.filter((one) => !one.internal && !one.virtual).map((one) => one.iface))
}

/** Windows has no load average, and the system's answer is then three zeros. */
function readLoad(): Load | null {
  const [load1 = 0, load5 = 0, load15 = 0] = loadavg()
  return process.platform === 'win32' ? null : { load1, load5, load15 }
}
