/** What may be chosen about the reading of a machine, with its defaults. */
import { type Log, SILENT } from '../utils/index.ts'
import { type Roots, rootsOf } from './roots.ts'
import type { SystemInfoSample } from './sample.ts'

/** Options of `createSystemInfo`. */
export interface SystemInfoOptions {
  /** @default 'system_info' */
  readonly name?: string
  /** Whether CPU time and load are read. @default true */
  readonly cpu?: boolean
  /** Whether memory and swap are read. @default true */
  readonly memory?: boolean
  /** Whether the space and the transfers of disks are read. @default true */
  readonly disk?: boolean
  /** Whether network interfaces are read. @default true */
  readonly network?: boolean
  /** Whether temperatures are read. @default true */
  readonly sensors?: boolean
  /**
   * Whether the facts that do not change (name, operating system, CPU model) are looked up once, which starts a few
   * short programs. @default true
   */
  readonly host?: boolean
  /** Mount points that are shown whatever they are, such as those of NFS and FUSE. @default [] */
  readonly mounts?: readonly string[]
  /** Where `/proc`, `/sys` and `/` are. @default HOST_PROC, HOST_SYS and HOST_ROOT of the environment */
  readonly roots?: Partial<Roots>
  /** Reads through `systeminformation` on Linux too. @default false on Linux, else true */
  readonly portable?: boolean
  /** Time between two readings. @default 1000 */
  readonly intervalMs?: number
  /** Time between the two looks of a first reading, which give its speeds; 0 for one look. At most 500. @default 120 */
  readonly settleMs?: number
  /** Monotonic milliseconds. @default performance.now */
  readonly clock?: () => number
  /** Told once when a part begins to fail and once when it succeeds again. @default silent */
  readonly log?: Log
}

/** The parts that can be switched off. */
type PartName = 'cpu' | 'memory' | 'disk' | 'network' | 'sensors'

/** Options with all defaults filled in. */
export interface Settings {
  readonly parts: Readonly<Record<PartName, boolean>>
  readonly host: boolean
  readonly mounts: readonly string[]
  readonly roots: Roots
  readonly portable: boolean
  readonly intervalMs: number
  readonly settleMs: number
  readonly clock: () => number
  readonly log: Log
}

/** What reads a machine: `/proc` and `/sys`, or a library where there are none. */
export interface Machine {
  /** @param fresh Whether rates start anew. */
  read(now: number, fresh: boolean, signal: AbortSignal): Promise<SystemInfoSample> | SystemInfoSample
  close(): Promise<void> | void
}

/** A first reading must end well before its time limit of a second. */
const MAX_SETTLE_MS = 500

/** Fills in the defaults. Throws `RangeError` for times out of bounds. */
export function settingsOf(options: SystemInfoOptions): Settings {
  const { cpu = true, memory = true, disk = true, network = true, sensors = true, host = true } = options
  const { intervalMs = 1000, settleMs = 120 } = options
  if (!(intervalMs > 0)) throw new RangeError(`intervalMs is ${intervalMs}: it must be above 0`)
  if (!(settleMs >= 0 && settleMs <= MAX_SETTLE_MS)) {
    throw new RangeError(`settleMs is ${settleMs}: it must be from 0 to ${MAX_SETTLE_MS}`)
  }
  return {
    parts: { cpu, memory, disk, network, sensors },
    host,
    mounts: (options.mounts ?? []).map((path) => (path === '/' ? path : path.replace(/\/+$/, ''))),
    roots: rootsOf(options.roots),
    portable: options.portable ?? process.platform !== 'linux',
    intervalMs,
    settleMs,
    clock: options.clock ?? (() => performance.now()),
    log: options.log ?? SILENT,
  }
}
