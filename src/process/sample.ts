/**
 * The JSON of one reading of this process: in memory, on disk and on the wire alike.
 *
 * Sizes are bytes, percentages are of one CPU, times are in the unit that their name ends with. `null` means: switched off, or not
 * known yet (what is derived from two readings), or that there was nothing to measure.
 */
import type { Statistics } from '../period/index.ts'
import type { Distribution } from './metrics/distribution.ts'
import type { RuntimeSample } from './runtime/runtime.ts'

/** How long requests took, milliseconds. Percentiles are as near as buckets tell: within a fifth of a power of ten. */
export interface LatencySample {
  readonly mean_ms: number
  readonly p50_ms: number
  readonly p90_ms: number
  readonly p99_ms: number
  readonly max_ms: number
}

/** The same sorted into buckets, so that percentiles of longer times are those of all requests and not a mean of percentiles. */
export interface DurationsSample {
  readonly count: number
  readonly sum_ms: number
  readonly max_ms: number
  /** Number of the first bucket that holds any. Bucket 0 ends at 10 µs, each further one is 10^0.2 times as wide. */
  readonly first: number
  /** From there on, to the last that holds any. */
  readonly counts: readonly number[]
}

/** Requests answered since the reading before; rates are per second, null at the first reading. */
export interface RequestsSample {
  /** Since the source began. */
  readonly total: number
  readonly rate: number | null
  /** Answered with 500 or above, also where a handler threw. */
  readonly error_rate: number | null
  /** Given up by their clients. */
  readonly aborted_rate: number | null
  /** Errors among the requests; null where there were none. */
  readonly error_percent: number | null
  /** Bytes of bodies. */
  readonly received_rate: number | null
  readonly sent_rate: number | null
  /** Null where there were no requests. */
  readonly latency: LatencySample | null
  readonly durations: DurationsSample | null
}

/** One reading. */
export interface ProcessSample {
  /** Unix seconds. */
  readonly timestamp: number
  readonly uptime_seconds: number
  readonly requests: RequestsSample
  readonly memory: RuntimeSample['memory'] | null
  readonly heap_spaces: RuntimeSample['heap_spaces'] | null
  readonly gc: RuntimeSample['gc'] | null
  readonly event_loop: RuntimeSample['event_loop'] | null
  readonly cpu: RuntimeSample['cpu'] | null
  readonly active_resources: RuntimeSample['active_resources'] | null
}

/** What a slot of a ring holds of all its samples. */
export interface ProcessEntry {
  /** Unix seconds of the newest sample. */
  timestamp: number
  /** Of each number that an aggregate gives. */
  readonly stats: Statistics
  /** All requests; undefined while there were none. */
  requests: { readonly durations: Distribution; greatestMs: number } | undefined
}
