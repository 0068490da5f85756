/** A machine that runs Linux, read from `/proc`, `/sys` and statfs(2). */
import { setTimeout as sleep } from 'node:timers/promises'
import { MetricsError } from '../utils/index.ts'
import { CgroupReader } from './cgroup.ts'
import type { Collectors } from './collectors.ts'
import { busyPercent, CPU_HEAD_BYTES, CpuReader } from './cpu.ts'
import { DisksReader } from './disks.ts'
import { DisksIoReader } from './disksio.ts'
import { KeptFile, ReadBuffer } from './files.ts'
import { LoadReader } from './load.ts'
import { parseMemory } from './memory.ts'
import { NetworkReader } from './network.ts'
import { namespacedPaths } from './roots.ts'
import type { SystemInfoSample } from './sample.ts'
import { SensorsReader } from './sensors.ts'
import type { Machine, Settings } from './settings.ts'

/**
 * Up to this interval a reading takes what is known of the space of disks and of temperatures, and what it asks of them is in the next
 * one: a wait costs a promise, a timer and their wake of the program.
 */
const UNWAITED_INTERVAL_MS = 2000

/** Reads all parts that are switched on. */
export class LinuxMachine implements Machine {
  readonly #settings: Settings
  readonly #collectors: Collectors
  readonly #cpu: CpuReader
  readonly #load: LoadReader
  readonly #memory: KeptFile
  readonly #disks: DisksReader
  readonly #disksIo: DisksIoReader
  readonly #network: NetworkReader
  readonly #sensors: SensorsReader
  readonly #cgroup: CgroupReader

  constructor(settings: Settings, collectors: Collectors) {
    const { roots, clock } = settings
    const buffer = new ReadBuffer()
    const proc = (name: string, options = {}) => new KeptFile(`${roots.proc}/${name}`, buffer, options)
    this.#settings = settings
    this.#collectors = collectors
    this.#cpu = new CpuReader(proc('stat', { head: CPU_HEAD_BYTES }))
    this.#load = new LoadReader(proc('loadavg'), clock)
    this.#memory = proc('meminfo')
    this.#disksIo = new DisksIoReader(proc('diskstats', { longLines: true, trustedReads: 9 }), clock)
    this.#network = new NetworkReader(
      new KeptFile(namespacedPaths(roots.proc, 'net/dev'), buffer),
      roots.sys,
      clock,
    )
    this.#cgroup = new CgroupReader(roots.ownProc, roots.ownSys, clock, buffer)
    this.#sensors = new SensorsReader(roots.sys, clock)
    this.#disks = new DisksReader({
      mounts: new KeptFile(namespacedPaths(roots.proc, 'mounts'), buffer, { longLines: true }),
      root: roots.root,
      named: settings.mounts,
      clock,
    })
  }

  /** The process that asks remote file systems, if one runs. */
  get remotePid(): number | undefined {
    return this.#disks.remotePid
  }

  /** Only the first reading after a start or a pause waits, and one whose next is far away. */
  read(now: number, fresh: boolean, signal: AbortSignal): Promise<SystemInfoSample> | SystemInfoSample {
    const waits = fresh || this.#settings.intervalMs > UNWAITED_INTERVAL_MS
    return waits ? this.#readWaiting(now, fresh, signal) : this.#readFiles(now)
  }

  async #readWaiting(now: number, fresh: boolean, signal: AbortSignal): Promise<SystemInfoSample> {
    const { parts } = this.#settings
    await Promise.all([
      fresh && this.#startRates(signal),
      // Why it failed is told by the look that follows.
      parts.disk && this.#disks.ready().catch(() => {}),
      parts.sensors && this.#sensors.ready(),
    ])
    return this.#readFiles(now)
  }

  #readFiles(now: number): SystemInfoSample {
    const { parts } = this.#settings
    const run = this.#collectors
    const cpu = parts.cpu ? run.run('cpu', () => this.#cpu.read()) : null
    const load = parts.cpu ? run.run('load', () => this.#load.read()) : null
    const memory = parts.memory ? run.run('memory', () => parseMemory(this.#memory.read())) : null
    const disks_io = parts.disk ? run.run('disks_io', () => this.#disksIo.read()) : null
    const network = parts.network ? run.run('network', () => this.#network.read()) : null
    const disks = parts.disk ? this.#look('disks', this.#disks) : null
    const sensors = parts.sensors ? this.#look('sensors', this.#sensors) : null
    const cgroup = parts.cpu || parts.memory ? run.run('cgroup', () => this.#cgroup.read()) : null
    // Without any part there is no reading: roots that lead nowhere must not pass for a machine at rest.
    if (!(cpu || load || memory || disks_io || network) && run.faults.length > 0)
      throw new MetricsError('unavailable', `no part of the machine can be read: ${run.faults.join('; ')}`)
    return {
      timestamp: Math.floor(now / 1000),
      cpu_average: cpu?.percent ? busyPercent(cpu.percent) : null,
      cpu,
      load,
      memory: memory?.memory ?? null,
      swap: memory?.swap ?? null,
      disks,
      disks_io,
      network,
      sensors,
      cgroup,
    }
  }

  /** Of what may wait: what is known of it. */
  #look<T>(name: string, reader: { readonly due: boolean; readonly latest: T; look(): T }): T | null {
    return reader.due ? this.#collectors.run(name, () => reader.look()) : reader.latest
  }

  get faults(): string[] {
    const missing = this.#disks.missing.map(
      (path) => `no file system is mounted at ${path}, which settings name`,
    )
    const silent = this.#disks.silent.map((path) => `${path}, which settings name, does not answer`)
    return [...this.#collectors.faults, ...missing, ...silent]
  }

  async close(): Promise<void> {
    for (const reader of [this.#cpu, this.#load, this.#memory, this.#disks, this.#disksIo]) reader.close()
    for (const reader of [this.#network, this.#cgroup]) reader.close()
    await this.#sensors.close()
  }

  /** Reads what has rates once, a moment before: so the very first sample already has speeds. */
  async #startRates(signal: AbortSignal): Promise<void> {
    const { parts, settleMs } = this.#settings
    const first = <T>(name: string, wanted: boolean, reader: { read(): T; reset(): void }) => {
      reader.reset()
      if (wanted && settleMs > 0) this.#collectors.run(name, () => reader.read())
    }
    first('cpu', parts.cpu, this.#cpu)
    first('disks_io', parts.disk, this.#disksIo)
    first('network', parts.network, this.#network)
    if (settleMs > 0) await sleep(settleMs, undefined, { signal })
  }
}
