/**
 * The JSON of one reading of a machine: in memory, on disk and on the wire alike.
 *
 * Sizes are bytes, speeds bytes per second, temperatures degrees Celsius, percentages 0…100 rounded to two decimals.
 * `null` means: switched off, could not be read, or (for what is derived from two readings) not known yet. No value is
 * ever NaN or infinite.
 */
import type { Statistics } from '../period/index.ts'

/** Modes in which a CPU spends its time. Guest time is part of `user` and `nice`. Source: proc_stat(5), line `cpu`. */
export const CPU_MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const

/** One of `CPU_MODES`. */
export type CpuMode = (typeof CPU_MODES)[number]

/** A number for each mode of the CPU. */
export type CpuModes = Record<CpuMode, number>

/** All CPUs together. */
export interface Cpu {
  /** Share of each mode between two readings, percent; null at the first reading and after a reset. */
  percent: CpuModes | null
  /** Seconds spent in each mode since boot, summed over CPUs. Source: `/proc/stat`. */
  seconds: CpuModes
}

/** Mean number of runnable or uninterruptible tasks over 1, 5 and 15 minutes. Source: `/proc/loadavg`. */
export interface Load {
  load1: number
  load5: number
  load15: number
}

/** Main memory. Source: `/proc/meminfo`. */
export interface Memory {
  total: number
  /** What programs can take without swapping. Source: `MemAvailable`. */
  available: number
  /** total − available, as `free` prints it. */
  used: number
  /** Not used for anything, not even as cache; null in files of the original, which does not write it. */
  free: number | null
  used_percent: number
}

/** Swap space. Source: `/proc/meminfo`. */
export interface Swap {
  total: number
  used: number
  free: number
  /** Null where there is no swap. */
  used_percent: number | null
}

/** Space of one mounted file system. Source: statfs(2). */
export interface Disk {
  /** Mount point, as the machine's own mount table names it. */
  path: string
  /** Type as in `/proc/mounts`. */
  fstype: string
  total: number
  /** What an unprivileged user can still take (`Avail` of `df`). */
  free: number
  /** total − free blocks, those reserved for root included. */
  used: number
  /** used / (used + free), as `df` computes it. */
  used_percent: number | null
  /** Present when the file system did not answer in time and this is its last answer. */
  stale?: true
}

/** Transfers of one whole disk. Source: `/proc/diskstats`. */
export interface DiskIo {
  /** The kernel's name: `sda`, `nvme0n1`, `dm-0`, `md127`. */
  name: string
  /** Bytes since boot. */
  read_bytes: number
  write_bytes: number
  /** Requests completed since boot. */
  read_count: number
  write_count: number
  /** Requests completed per second; null at the first reading and after a reset, as are the speeds. */
  iops: number | null
  read_speed: number | null
  write_speed: number | null
}

/** Transfers of one network interface. Source: `/proc/net/dev`. */
export interface NetworkInterface {
  /** Bytes since the interface came up. */
  bytes_sent: number
  bytes_recv: number
  /** Null at the first reading and after a reset. */
  upload_speed: number | null
  download_speed: number | null
  /** Whether it counts into the sums of `Network`. */
  physical: boolean
}

/** Sums over the physical interfaces, and each interface. */
export interface Network {
  bytes_sent: number
  bytes_recv: number
  upload_speed: number | null
  download_speed: number | null
  /** By name. Absent in files of the original. */
  interfaces?: Record<string, NetworkInterface>
}

/** A temperature. Source: `/sys/class/hwmon`, else `/sys/class/thermal`. */
export interface Sensor {
  /** Chip and label: `coretemp_core_0`, `nvme_composite`; the second of a name gets `_2`. */
  name: string
  temperature: number
  /** Limits the device gives; null where it gives none. */
  high: number | null
  critical: number | null
}

/** Limits of this process's own cgroup, the tightest on the way to the root. Source: cgroups(7). */
export interface Cgroup {
  memory_limit: number | null
  /** Memory charged to the cgroup that sets the limit, page cache included. */
  memory_used: number | null
  /** In CPUs: 1.5 is one and a half. */
  cpu_limit: number | null
}

/** One reading of a machine. */
export interface SystemInfoSample {
  /** Unix seconds, whole. */
  timestamp: number
  /** Share of time between two readings that was neither idle nor waiting for I/O, percent. */
  cpu_average: number | null
  cpu: Cpu | null
  load: Load | null
  memory: Memory | null
  swap: Swap | null
  /** By device, or by mount point where the device has no name of its own. */
  disks: Record<string, Disk> | null
  /** By the kernel's device name. */
  disks_io: Record<string, DiskIo> | null
  network: Network | null
  sensors: Sensor[] | null
  /** Null where no limit is set. */
  cgroup: Cgroup | null
}

/** What a slot of a ring holds of all its samples. */
export interface SystemInfoEntry {
  /** Unix seconds of the newest sample. */
  timestamp: number
  /** How many samples were folded. */
  samples: number
  /** The newest. */
  last: SystemInfoSample
  /** Of each number that an aggregate gives. */
  readonly stats: Statistics
}
