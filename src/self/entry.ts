/** What a slot of a ring holds of treering's own numbers: the statistics of all its samples, and the time of the newest. */
import { ColumnBuilder, type Columns, isStat, type Stat, Statistics } from '../period/index.ts'
import { MetricsError } from '../utils/index.ts'
import { AGGREGATE_NAMES, putMeasures } from './aggregate.ts'
import type { SelfEntry, SelfSample } from './sample.ts'

/**
 * Makes entries, which share the names of their numbers. A sample is folded into every ring, so its values are worked out
 * once and kept until another comes.
 */
export class Entries {
  readonly #builder = new ColumnBuilder()
  #known: { sample: SelfSample; columns: Columns; values: readonly number[] } | undefined

  /** Folds a sample into its slot's entry. */
  reduce(entry: SelfEntry | undefined, sample: SelfSample): SelfEntry {
    if (this.#known?.sample !== sample) this.#known = this.#measure(sample)
    const { columns, values } = this.#known
    const into = entry ?? { timestamp: sample.timestamp, stats: new Statistics(columns) }
    into.stats.fold(columns, values)
    into.timestamp = Math.max(into.timestamp, sample.timestamp)
    return into
  }

  /** An entry from its JSON. Throws `corrupt` if it is none. What is no statistic of an aggregate is left out. */
  decode(json: unknown): SelfEntry {
    const { timestamp, stats } = (json ?? {}) as { timestamp?: unknown; stats?: unknown }
    if (typeof timestamp !== 'number' || typeof stats !== 'object' || stats === null)
      throw new MetricsError('corrupt', 'cannot read an entry of self: it has no timestamp or no stats')
    const kept: Stat[] = []
    for (const aggregate of AGGREGATE_NAMES) {
      for (const [key, stat] of Object.entries((stats as Record<string, object>)[aggregate] ?? {})) {
        if (!isStat(stat)) continue
        this.#builder.put(aggregate, key)
        kept.push(stat)
      }
    }
    const statistics = new Statistics(this.#builder.finish())
    kept.forEach((stat, place) => void statistics.set(place, stat))
    return { timestamp, stats: statistics }
  }

  #measure(sample: SelfSample) {
    const values: number[] = []
    putMeasures(sample, (aggregate, key, value) => {
      this.#builder.put(aggregate, key)
      values.push(value ?? Number.NaN)
    })
    return { sample, columns: this.#builder.finish(), values }
  }
}

/** An entry as JSON. */
export function encodeEntry({ timestamp, stats }: SelfEntry): unknown {
  return { timestamp, stats: stats.encode() }
}
