/**
 * What a slot of a ring holds of a process's samples: statistics of each number, and all durations of its requests.
 *
 * An entry from disk is opened only when it is asked for: a start looks at 500 of them, and needs none yet.
 */
import { ColumnBuilder, type Columns, isStat, type Stat, Statistics } from '../period/index.ts'
import { MetricsError } from '../utils/index.ts'
import { putMeasures } from './aggregate.ts'
import type { Distribution } from './metrics/distribution.ts'
import { durationsOf, durationsSample } from './requests/sample.ts'
import type { ProcessEntry, ProcessSample } from './sample.ts'

/** All requests of a slot. */
interface Requests {
  readonly durations: Distribution
  greatestMs: number
}

interface Content {
  readonly stats: Statistics
  requests: Requests | undefined
}

/** One slot. */
class SlotEntry implements ProcessEntry {
  /** Unix seconds of the newest sample. */
  timestamp: number
  #content: Content | (() => Content)
  #json: object | undefined

  constructor(timestamp: number, content: Content | (() => Content), json?: object) {
    this.timestamp = timestamp
    this.#content = content
    this.#json = json
  }

  get stats(): Statistics {
    return this.#open().stats
  }

  /** Undefined while there were none. */
  get requests(): Requests | undefined {
    return this.#open().requests
  }

  /** Adds the requests of a sample. */
  addRequests(added: Requests): void {
    const content = this.#open()
    const { requests } = content
    if (requests === undefined) {
      content.requests = { durations: added.durations.clone(), greatestMs: added.greatestMs }
      return
    }
    requests.durations.merge(added.durations)
    requests.greatestMs = Math.max(requests.greatestMs, added.greatestMs)
  }

  /** Its JSON from disk, as long as nobody looked. */
  get unopened(): object | undefined {
    return this.#json
  }

  #open(): Content {
    if (typeof this.#content === 'function') this.#content = this.#content()
    this.#json = undefined
    return this.#content
  }
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
  reduce(given: ProcessEntry | undefined, sample: ProcessSample): ProcessEntry {
    const entry = given as SlotEntry | undefined
    if (this.#known?.sample !== sample) this.#known = this.#measure(sample)
    const { columns, values, requests } = this.#known
    const into =
      entry ?? new SlotEntry(sample.timestamp, { stats: new Statistics(columns), requests: undefined })
    into.stats.fold(columns, values)
    if (requests !== undefined) into.addRequests(requests)
    into.timestamp = Math.max(into.timestamp, sample.timestamp)
    return into
  }

  /**
   * An entry from its JSON. Throws `corrupt` for what is no object with a time. Statistics that are missing or wrong are
   * left out.
   */
  decode(json: unknown): ProcessEntry {
    const timestamp = (json as { timestamp?: unknown } | null)?.timestamp
    if (typeof json !== 'object' || typeof timestamp !== 'number' || !Number.isFinite(timestamp))
      throw new MetricsError('corrupt', 'cannot read process: the entry is no object with a timestamp')
    return new SlotEntry(timestamp, () => this.#open(json as object), json as object)
  }

  #open({ stats, durations }: { stats?: unknown; durations?: unknown }): Content {
    const stored: [aggregate: string, key: string, stat: Stat][] = []
    for (const [aggregate, keys] of objectEntries(stats)) {
      for (const [key, stat] of objectEntries(keys)) if (isStat(stat)) stored.push([aggregate, key, stat])
    }
    for (const [aggregate, key] of stored) this.#builder.put(aggregate, key)
    const opened = new Statistics(this.#builder.finish())
    stored.forEach(([, , stat], place) => {
      opened.set(place, stat)
    })
    return { stats: opened, requests: durationsOf(durations) }
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
export function encodeEntry(entry: ProcessEntry): unknown {
  if (entry instanceof SlotEntry && entry.unopened !== undefined) return entry.unopened
  const { timestamp, stats, requests } = entry
  const durations = requests && durationsSample(requests.durations, requests.greatestMs)
  return { timestamp, stats: stats.encode(), durations }
}

function objectEntries(json: unknown): [string, unknown][] {
  return typeof json === 'object' && json !== null ? Object.entries(json) : []
}
