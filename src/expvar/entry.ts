/**
 * What a slot of a ring holds of a process: count, sum, least and greatest of each number, and of each rate. As doubles: what
 * is beyond 2^53 is rounded here, and exact in the sample.
 *
 * Of 50 numbers a slot takes 3 kB, all five rings 1.6 MB.
 */
import { ColumnBuilder, type Columns, isStat, Statistics } from '../period/index.ts'
import { MetricsError } from '../utils/index.ts'
import type { ExpvarSample } from './sample.ts'

/** The two numbers that are kept of each key. */
export type Measure = 'value' | 'rate'
const MEASURES: readonly Measure[] = ['value', 'rate']
/** A slot may see the keys of two documents: those of a program, and those of the next version of it. */
const DOCUMENTS_PER_SLOT = 2

/** All samples of a slot. */
export interface ExpvarEntry {
  /** Unix seconds of the newest sample. */
  timestamp: number
  readonly stats: Statistics
}

/** Entries of one source, which share the names of their numbers. */
export class Entries {
  readonly #maxColumns: number
  readonly #builder = new ColumnBuilder()
  /** Of entries from disk: their names are in another order. */
  readonly #stored = new ColumnBuilder()
  #known: { sample: ExpvarSample; columns: Columns; values: number[] } | undefined

  #crowded = false

  /** @param maxKeys Fields of a document. */
  constructor(maxKeys: number) {
    this.#maxColumns = maxKeys * MEASURES.length * DOCUMENTS_PER_SLOT
  }

  /** Whether a slot had no room for a key of the newest sample: keys come and go. */
  get crowded(): boolean {
    return this.#crowded
  }

  /** Folds a sample into its slot's entry. A sample is folded into every ring: its columns are worked out once. */
  reduce(entry: ExpvarEntry | undefined, sample: ExpvarSample): ExpvarEntry {
    if (this.#known?.sample !== sample) {
      this.#known = { sample, ...this.#measure(sample) }
      this.#crowded = false
    }
    const { columns, values } = this.#known
    const into = entry ?? {
      timestamp: sample.timestamp,
      stats: new Statistics(columns, this.#maxColumns),
    }
    into.timestamp = Math.max(into.timestamp, sample.timestamp)
    into.stats.fold(columns, values)
    if (into.stats.passedOver > 0) this.#crowded = true
    return into
  }

  /** An entry from its JSON; throws `corrupt` for what is no object with a time. Numbers that are none are left out. */
  decode(json: unknown): ExpvarEntry {
    const timestamp = (json as { timestamp?: unknown } | null)?.timestamp
    if (typeof timestamp !== 'number' || !Number.isFinite(timestamp))
      throw new MetricsError('corrupt', 'cannot read an entry of expvar: it is no object with a timestamp')
    return { timestamp, stats: this.#open(json as object) }
  }

  #measure({ values, rates }: ExpvarSample): { columns: Columns; values: number[] } {
    const numbers: number[] = []
    for (const key of Object.keys(values)) {
      this.#builder.put('value', key)
      numbers.push(Number(values[key]))
      this.#builder.put('rate', key)
      numbers.push(Object.hasOwn(rates, key) ? rates[key]! : Number.NaN)
    }
    return { columns: this.#builder.finish(), values: numbers }
  }

  #open(json: object): Statistics {
    const stored = MEASURES.flatMap((measure) => statsOf(json, measure)).slice(0, this.#maxColumns)
    for (const { measure, key } of stored) this.#stored.put(measure, key)
    const stats = new Statistics(this.#stored.finish(), this.#maxColumns)
    stored.forEach(({ stat }, place) => {
      stats.set(place, stat)
    })
    return stats
  }
}

/** An entry as JSON: `{"timestamp":…,"value":{"<key>":[count,sum,min,max]},"rate":{…}}`. */
export function encodeEntry(entry: ExpvarEntry): unknown {
  return { timestamp: entry.timestamp, ...entry.stats.encode() }
}

/** What of a sample the journal keeps: its numbers, as the doubles that they become. */
export function journaled({ timestamp, values, rates }: ExpvarSample): unknown {
  const numbers: Record<string, number> = {}
  for (const key of Object.keys(values)) numbers[key] = Number(values[key])
  return { timestamp, values: numbers, rates }
}

function statsOf(json: object, measure: Measure) {
  const keys = (json as Partial<Record<Measure, unknown>>)[measure]
  if (typeof keys !== 'object' || keys === null) return []
  return Object.entries(keys).flatMap(([key, stat]) => (isStat(stat) ? [{ measure, key, stat }] : []))
}
