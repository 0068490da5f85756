/** What a slot of a ring holds of a process's samples: statistics of each number, and all durations of its requests. */
import { ColumnBuilder, type Columns, isStat, type Stat, Statistics } from '../period/index.ts'
import { MetricsError } from '../utils/index.ts'
import { putMeasures } from './aggregate.ts'
import type { Distribution } from './metrics/distribution.ts'
import { durationsOf, durationsSample } from './requests/sample.ts'
import type { ProcessEntry, ProcessSample } from './sample.ts'

/** The requests of a sample. */
interface Requests {
  readonly durations: Distribution
  readonly greatestMs: number
}

/** What a sample gives to a slot; NaN where it has no value. */
interface Measures {
  readonly sample: ProcessSample
  readonly columns: Columns
  readonly values: readonly number[]
  readonly requests: Requests | undefined
}

/** Makes entries of one process, which share the names of their numbers. A sample is worked out once for all rings. */
export class Entries {
  readonly #builder = new ColumnBuilder()
  #known: Measures | undefined

  /** Folds a sample into its slot's entry. */
  reduce(entry: ProcessEntry | undefined, sample: ProcessSample): ProcessEntry {
    if (this.#known?.sample !== sample) this.#known = this.#measure(sample)
    const { columns, values, requests } = this.#known
    const { timestamp } = sample
    const into = entry ?? { timestamp, stats: new Statistics(columns), requests: undefined }
    into.stats.fold(columns, values)
    into.timestamp = Math.max(into.timestamp, timestamp)
    if (requests === undefined) return into
    if (into.requests === undefined) into.requests = { ...requests, durations: requests.durations.clone() }
    else {
      into.requests.durations.merge(requests.durations)
      into.requests.greatestMs = Math.max(into.requests.greatestMs, requests.greatestMs)
    }
    return into
  }

  /**
   * An entry from its JSON. Throws `corrupt` for what is no object with a time. Statistics that are missing or wrong are
   * left out.
   */
  decode(json: unknown): ProcessEntry {
    const { timestamp, stats, durations } = (json ?? {}) as Record<string, unknown>
    if (typeof timestamp !== 'number' || !Number.isFinite(timestamp))
      throw new MetricsError('corrupt', 'cannot read process: the entry is no object with a timestamp')
    const stored: [aggregate: string, key: string, stat: Stat][] = []
    for (const [aggregate, keys] of objectEntries(stats)) {
      for (const [key, stat] of objectEntries(keys)) if (isStat(stat)) stored.push([aggregate, key, stat])
    }
    for (const [aggregate, key] of stored) this.#builder.put(aggregate, key)
    const opened = new Statistics(this.#builder.finish())
    stored.forEach(([, , stat], place) => {
      opened.set(place, stat)
    })
    return { timestamp, stats: opened, requests: durationsOf(durations) }
  }

  #measure(sample: ProcessSample): Measures {
    const values: number[] = []
    putMeasures(sample, (aggregate, key, value) => {
      this.#builder.put(aggregate, key)
      values.push(value ?? Number.NaN)
    })
    const requests = durationsOf(sample.requests.durations)
    return { sample, columns: this.#builder.finish(), values, requests }
  }
}

/** An entry as JSON. */
export function encodeEntry({ timestamp, stats, requests }: ProcessEntry): unknown {
  const durations = requests && durationsSample(requests.durations, requests.greatestMs)
  return { timestamp, stats: stats.encode(), durations }
}

function objectEntries(json: unknown): [string, unknown][] {
  return typeof json === 'object' && json !== null ? Object.entries(json) : []
}
