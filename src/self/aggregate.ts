/** The views of treering's own history: a table from the name of an aggregate to the values one sample gives it. */
import { cutRows, type Query, type Rows, readStat } from '../period/index.ts'
import { MetricsError, matchesKeyword } from '../utils/index.ts'
import type { PollerSample, RecorderSample, SelfEntry, SelfSample } from './sample.ts'

/** A row of an answer: Unix seconds, and the values, by poller, recorder, or what they are of. */
export type SelfRow = { timestamp: number } & Record<string, number>

/** Takes a value by its key; null is none. */
type Put = (key: string, value: number | null) => void

interface Aggregate {
  readonly values: (sample: SelfSample, put: Put) => void
  /** Whether keys are names, which `keyword` filters. */
  readonly named?: true
}

const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  polls: ofPollers(({ polls_rate }) => polls_rate),
  failures: ofPollers(({ failures_rate }) => failures_rate),
  late: ofPollers(({ late_rate }) => late_rate),
  poll_duration: ofPollers(({ duration_ms }) => duration_ms),
  shipped: ofRecorders(({ shipped_rate }) => shipped_rate),
  retried: ofRecorders(({ retried_rate }) => retried_rate),
  refused: ofRecorders(({ refused_rate }) => refused_rate),
  dropped: ofRecorders(({ dropped_rate }) => dropped_rate),
  queued: ofRecorders(({ queued }) => queued),
  spooled: ofRecorders(({ spooled }) => spooled),
  delivery_duration: ofRecorders(({ duration_ms }) => duration_ms),
  sockets: { values: ({ sockets }, put) => put('open', sockets.open) },
  memory: {
    values: ({ memory }, put) => {
      put('resident', memory.resident)
      put('heap_used', memory.heap_used)
    },
  },
  cpu: {
    values: ({ cpu }, put) => {
      put('user', cpu.user_percent)
      put('system', cpu.system_percent)
    },
  },
}

/**
 * Names of all aggregates. Counts are per second, durations milliseconds, memory bytes, CPU percent of one CPU.
 */
export const AGGREGATE_NAMES: readonly string[] = Object.keys(AGGREGATES)

/** Puts all values of a sample, null where it has none. */
export function putMeasures(
  sample: SelfSample,
  put: (aggregate: string, key: string, value: number | null) => void,
): void {
  for (const name of AGGREGATE_NAMES) AGGREGATES[name]!.values(sample, (key, value) => put(name, key, value))
}

/** Rows of these entries. Throws `invalid` for an aggregate that does not exist, or none. */
export function aggregateRows(entries: readonly SelfEntry[], query: Query): Rows<SelfRow[]> {
  const name = query.aggregate ?? ''
  const aggregate = Object.hasOwn(AGGREGATES, name) ? AGGREGATES[name] : undefined
  if (aggregate === undefined) {
    const given =
      name === '' ? 'aggregate is missing' : `invalid aggregate ${JSON.stringify(name.slice(0, 64))}`
    throw new MetricsError('invalid', `${given}: allowed are ${AGGREGATE_NAMES.join(', ')}`)
  }
  const rows: SelfRow[] = []
  for (const { timestamp, stats } of entries) {
    const values = stats
      .of(name)
      .filter(([key]) => !aggregate.named || matchesKeyword(key, query.keyword))
      .map(([key, stat]) => [key, readStat(stat, query.stat)] as const)
    // Assembled from pairs, so that a poller of any name is a key like others.
    if (values.length > 0) rows.push(Object.fromEntries([['timestamp', timestamp], ...values]) as SelfRow)
  }
  return { total: rows.length, data: cutRows(rows, query) }
}

function ofPollers(value: (poller: PollerSample) => number | null): Aggregate {
  return {
    named: true,
    values: ({ pollers }, put) => {
      for (const name in pollers) put(name, value(pollers[name]!))
    },
  }
}

function ofRecorders(value: (recorder: RecorderSample) => number | null): Aggregate {
  return {
    named: true,
    values: ({ recorders }, put) => {
      for (const name in recorders) put(name, value(recorders[name]!))
    },
  }
}
