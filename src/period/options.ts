/** What a poller is given, and what it tells of itself. */
import type { Log } from '../utils/index.ts'
import type { Period } from './periods.ts'

/** Where a poller keeps its history, and whom it tells. */
export interface PollerOptions {
  /** Folder of `<name>.json`; null keeps nothing on disk. @default 'data/metrics' */
  readonly dir?: string | null
  /** @default the five: 5m 15m 1h 1d 1mo */
  readonly periods?: readonly Period[]
  /** Told every 30 s of reads that failed, and of files that cannot be written. @default says nothing: `Poller.status` tells */
  readonly log?: Log
  /** Stands in for the clocks: `now` in Unix ms, `monotonic` in ms from any beginning. @default the system's */
  readonly clock?: { now(): number; monotonic(): number }
}

/** How a poller fares. */
export interface PollerStatus {
  readonly name: string
  /** Unix seconds of the newest sample; null while there is none. */
  readonly last_sample: number | null
  readonly polls: number
  readonly failures: number
  /** Beats skipped because the read before was still under way. */
  readonly late: number
  /** How long the newest read took; null before the first. */
  readonly duration_ms: number | null
  /** Null when the newest read succeeded. */
  readonly last_error: string | null
  /** False while the history or its journal cannot be written. */
  readonly saved: boolean
  /** What of the source cannot be read now, such as a collector with its reason. */
  readonly faults: readonly string[]
}

/** The counts of a poller that has not read yet. */
export function newCounts() {
  return {
    last_sample: null as number | null,
    polls: 0,
    failures: 0,
    late: 0,
    duration_ms: null as number | null,
    last_error: null as string | null,
  }
}
