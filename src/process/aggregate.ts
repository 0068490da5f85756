/** The views of a process's history: a table from the name of an aggregate to the values one sample gives it. */
import { cutRows, type Query, type Rows, readStat } from '../period/index.ts'
import { MetricsError } from '../utils/index.ts'
import { latencyOf } from './requests/sample.ts'
import type { ProcessEntry, ProcessSample } from './sample.ts'

/** A row of an answer: Unix seconds, and the values. */
export type ProcessRow = { timestamp: number } & Record<string, number>

/** Takes a value by its key; null is none. */
type Put = (key: string, value: number | null) => void

/** Mode → the values of one sample. Which they are never depends on the sample: what is null is put as null. */
const AGGREGATES: Readonly<Record<string, (sample: ProcessSample, put: Put) => void>> = {
  request_rate: ({ requests }, put) => put('request_rate', requests.rate),
  request_latency: ({ requests: { latency } }, put) => {
    put('mean_ms', latency?.mean_ms ?? null)
    put('p50_ms', latency?.p50_ms ?? null)
    put('p90_ms', latency?.p90_ms ?? null)
    put('p99_ms', latency?.p99_ms ?? null)
    put('max_ms', latency?.max_ms ?? null)
  },
  request_bytes: ({ requests }, put) => {
    put('received', requests.received_rate)
    put('sent', requests.sent_rate)
  },
  error_rate: ({ requests }, put) => {
    put('error_rate', requests.error_rate)
    put('error_percent', requests.error_percent)
    put('aborted_rate', requests.aborted_rate)
  },
  memory: ({ memory }, put) => {
    put('rss', memory?.rss ?? null)
    put('external', memory?.external ?? null)
    put('array_buffers', memory?.array_buffers ?? null)
  },
  heap: ({ memory }, put) => {
    put('used', memory?.heap_used ?? null)
    put('total', memory?.heap_total ?? null)
  },
  event_loop_delay: ({ event_loop }, put) => {
    put('p50_ms', event_loop?.delay_p50_ms ?? null)
    put('p99_ms', event_loop?.delay_p99_ms ?? null)
    put('max_ms', event_loop?.delay_max_ms ?? null)
  },
  event_loop_utilization: ({ event_loop }, put) =>
    put('event_loop_utilization', event_loop?.utilization ?? null),
  gc: ({ gc }, put) => {
    put('rate', gc?.rate ?? null)
    put('pause_rate_ms', gc?.pause_rate_ms ?? null)
    put('longest_ms', gc?.longest_ms ?? null)
  },
  cpu: ({ cpu }, put) => {
    put('user', cpu?.user_percent ?? null)
    put('system', cpu?.system_percent ?? null)
  },
}

/** Names of all aggregates. */
export const AGGREGATE_NAMES: readonly string[] = Object.keys(AGGREGATES)

/** Puts all values of a sample. */
export function putMeasures(
  sample: ProcessSample,
  put: (aggregate: string, key: string, value: number | null) => void,
): void {
  for (const name of AGGREGATE_NAMES) AGGREGATES[name]!(sample, (key, value) => put(name, key, value))
}

/**
 * Rows of these entries. The mean of `request_latency` is of all requests of a slot, its percentiles too; `stat=min` and `max` are
 * the least and greatest of its seconds. Throws `invalid` for an aggregate that does not exist, or none.
 */
export function aggregateRows(entries: readonly ProcessEntry[], query: Query): Rows<ProcessRow[]> {
  const name = query.aggregate ?? ''
  if (!Object.hasOwn(AGGREGATES, name)) {
    const given =
      name === '' ? 'aggregate is missing' : `invalid aggregate ${JSON.stringify(name.slice(0, 64))}`
    throw new MetricsError('invalid', `${given}: allowed are ${AGGREGATE_NAMES.join(', ')}`)
  }
  const rows: ProcessRow[] = []
  for (const entry of entries) {
    const values =
      name === 'request_latency' && query.stat === 'mean' ? latencies(entry) : statistics(entry, name, query)
    if (Object.keys(values).length > 0) rows.push({ timestamp: entry.timestamp, ...values })
  }
  return { total: rows.length, data: cutRows(rows, query) }
}

function latencies({ requests }: ProcessEntry): Record<string, number> {
  return requests === undefined ? {} : { ...latencyOf(requests.durations, requests.greatestMs) }
}

/** Of a mean of many, three decimals: what is beyond them is noise. */
function statistics(entry: ProcessEntry, name: string, { stat }: Query): Record<string, number> {
  return Object.fromEntries(
    entry.stats.of(name).map(([key, numbers]) => [key, Math.round(readStat(numbers, stat) * 1000) / 1000]),
  )
}
