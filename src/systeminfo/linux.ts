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
    this.#disksIo = new DisksIoReader(proc('diskstats', { longLines: true }), clock)
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

  /** Most beats wait for nothing: then the sample is there when this returns. */
  read(now: number, fresh: boolean, signal: AbortSignal): Promise<SystemInfoSample> | SystemInfoSample {
    const { parts, settleMs } = this.#settings
    const run = this.#collectors
    // What may wait goes first, and meanwhile the rest is read.
    const disks = parts.disk && this.#disks.due ? run.runAsync('disks', () => this.#disks.read()) : undefined
    const sensors =
      parts.sensors && this.#sensors.due ? run.runAsync('sensors', () => this.#sensors.read()) : undefined
    if (fresh || disks !== undefined || sensors !== undefined) {
      const ready = fresh ? this.#startRates(settleMs, signal) : undefined
      return this.#readWaiting(now, [ready, disks, sensors])
    }
    return this.#readFiles(now)
  }

  async #readWaiting(
    now: number,
    [ready, ...slow]: (Promise<unknown> | undefined)[],
  ): Promise<SystemInfoSample> {
    if (ready !== undefined) await ready
    const sample = this.#readFiles(now)
    await Promise.all(slow)
    const { parts } = this.#settings
    if (parts.disk) sample.disks = this.#disks.latest
    if (parts.sensors) sample.sensors = this.#sensors.latest
    return sample
  }

  #readFiles(now: number): SystemInfoSample {
    const { parts } = this.#settings
    const run = this.#collectors
    const cpu = parts.cpu ? run.run('cpu', () => this.#cpu.read()) : null
    const load = parts.cpu ? run.run('load', () => this.#load.read()) : null
    const memory = parts.memory ? run.run('memory', () => parseMemory(this.#memory.read())) : null
    const disks_io = parts.disk ? run.run('disks_io', () => this.#disksIo.read()) : null
    const network = parts.network ? run.run('network', () => this.#network.read()) : null
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
      disks: parts.disk ? this.#disks.latest : null,
      disks_io,
      network,
      sensors: parts.sensors ? this.#sensors.latest : null,
      cgroup,
    }
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
  async #startRates(settleMs: number, signal: AbortSignal): Promise<void> {
    const { parts } = this.#settings
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
