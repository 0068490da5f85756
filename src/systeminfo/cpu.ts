/** CPU time from `/proc/stat`. */
import type { KeptFile } from './files.ts'
import { round2 } from './rates.ts'
import { CPU_MODES, type Cpu, type CpuModes } from './sample.ts'

/** Ticks per second of every counter in `/proc/stat`. Source: proc_stat(5), USER_HZ is 100 on all Linux of today. */
const USER_HZ = 100
/** The first line is at most ten numbers of twenty digits; what follows (a line per CPU, interrupts) is not needed. */
export const CPU_HEAD_BYTES = 512

/** Seconds per mode since boot, from the line `cpu`. Kernels before 2.6.11 lack `steal`: 0. Throws if there is none. */
export function parseCpu(text: string): CpuModes {
  if (!text.startsWith('cpu ')) throw new Error('the file stat does not start with the line cpu')
  const end = text.indexOf('\n')
  const line = text.slice(4, end === -1 ? undefined : end).trimStart()
  const fields = line.split(' ')
  const seconds = (field: number) => Number(fields[field] ?? 0) / USER_HZ
  return {
    user: seconds(0),
    nice: seconds(1),
    system: seconds(2),
    idle: seconds(3),
    iowait: seconds(4),
    irq: seconds(5),
    softirq: seconds(6),
    steal: seconds(7),
  }
}

/**
 * Share of each mode between two readings, percent; null if no time passed or the counters were reset.
 * Source: proc_stat(5), `iowait` may decrease; so a single mode that went back counts as 0.
 */
export function cpuPercent(before: CpuModes, after: CpuModes): CpuModes | null {
  const percent = emptyModes()
  let total = 0
  let whole = 0
  for (const mode of CPU_MODES) {
    const growth = after[mode] - before[mode]
    whole += growth
    percent[mode] = Math.max(growth, 0)
    total += percent[mode]
  }
  if (!(whole > 0)) return null
  for (const mode of CPU_MODES) percent[mode] = round2((percent[mode] / total) * 100)
  return percent
}

/** What was neither idle nor waiting for I/O, percent. */
export function busyPercent(percent: CpuModes): number {
  return round2(Math.max(0, Math.min(100, 100 - percent.idle - percent.iowait)))
}

function emptyModes(): CpuModes {
  return { user: 0, nice: 0, system: 0, idle: 0, iowait: 0, irq: 0, softirq: 0, steal: 0 }
}

/** Reads CPU time and remembers it for the next share. */
export class CpuReader {
  readonly #file: KeptFile
  #before: CpuModes | undefined

  constructor(file: KeptFile) {
    this.#file = file
  }

  read(): Cpu {
    const seconds = parseCpu(this.#file.read())
    const percent = this.#before === undefined ? null : cpuPercent(this.#before, seconds)
    this.#before = seconds
    return { percent, seconds }
  }

  /** Forgets the reading before. */
  reset(): void {
    this.#before = undefined
  }

  close(): void {
    this.#file.close()
  }
}
