/**
 * The JSON of treering's own numbers: in memory, on disk and on the wire alike.
 *
 * Counts grow from the start of the poller or recorder. What ends with `_rate` is how much of it came per second between two
 * samples; null at the first one, after a break in time, and after a restart of what is counted.
 */
import type { PollerStatus, Statistics } from '../period/index.ts'

/** What is told of a poller. */
export type PollerNumbers = Pick<PollerStatus, 'name' | 'polls' | 'failures' | 'late' | 'duration_ms'>

/** What is told of a recorder: counts are documents, or points. */
export interface RecorderNumbers {
  readonly name: string
  /** Taken by the store. */
  readonly shipped: number
  /** Delivered again after a failure. */
  readonly retried: number
  /** Never to be taken by the store. */
  readonly refused: number
  /** Lost for want of room. */
  readonly dropped: number
  /** Waiting in memory, and on disk. */
  readonly queued: number
  readonly spooled: number
  /** How long the newest delivery took; null before the first. */
  readonly duration_ms: number | null
}

/** WebSockets. */
export interface SocketNumbers {
  readonly open: number
  /** Dropped because they did not read. */
  readonly dropped: number
}

/** Counts that also have a rate. */
export const POLLER_COUNTS = ['polls', 'failures', 'late'] as const
export const RECORDER_COUNTS = ['shipped', 'retried', 'refused', 'dropped'] as const

/** A rate for each of these counts. */
type Rates<Count extends string> = { readonly [Name in `${Count}_rate`]: number | null }

/** Numbers of a poller, and their rates. */
export type PollerSample = Omit<PollerNumbers, 'name'> & Rates<(typeof POLLER_COUNTS)[number]>
/** Numbers of a recorder, and their rates. */
export type RecorderSample = Omit<RecorderNumbers, 'name'> & Rates<(typeof RECORDER_COUNTS)[number]>

/** CPU time of the process, in seconds since its start and in percent of one CPU. */
export interface CpuSample {
  readonly user_seconds: number
  readonly system_seconds: number
  /** Null like a rate. */
  readonly user_percent: number | null
  readonly system_percent: number | null
}

/** One reading of treering itself. */
export interface SelfSample {
  /** Unix seconds. */
  readonly timestamp: number
  /** Bytes: resident set, and of V8's heap what is in use. */
  readonly memory: { readonly resident: number; readonly heap_used: number }
  readonly cpu: CpuSample
  readonly sockets: SocketNumbers
  /** By name. */
  readonly pollers: Readonly<Record<string, PollerSample>>
  readonly recorders: Readonly<Record<string, RecorderSample>>
}

/** What a slot of a ring holds of all its samples. */
export interface SelfEntry {
  /** Unix seconds of the newest. */
  timestamp: number
  /** Of each number that an aggregate gives. */
  readonly stats: Statistics
}
