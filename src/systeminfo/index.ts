/**
 * The machine as a source: CPU, memory, disks, network and temperatures, once a second.
 *
 * @example
 * ```ts
 * import { createSystemInfo } from 'treering/systeminfo'
 *
 * const machine = createSystemInfo({ mounts: ['/mnt/nas'] })
 * const sample = await machine.collect(Date.now(), undefined, AbortSignal.timeout(1000))
 * console.log(sample.cpu_average, sample.memory?.used_percent)
 * await machine.close()
 * ```
 *
 * @module
 */
export { AGGREGATE_NAMES, type SystemInfoRow } from './aggregate.ts'
export { type Host, readHost } from './host.ts'
export { type Roots, rootsOf } from './roots.ts'
export type {
  Cgroup,
  Cpu,
  CpuMode,
  CpuModes,
  Disk,
  DiskIo,
  Load,
  Memory,
  Network,
  NetworkInterface,
  Sensor,
  Swap,
  SystemInfoEntry,
  SystemInfoSample,
} from './sample.ts'
export type { SystemInfoOptions } from './settings.ts'
export { createSystemInfo, type SystemInfoSource } from './source.ts'
