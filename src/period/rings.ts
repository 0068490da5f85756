/**
 * All rings of one source, side by side: a sample is folded into one slot of each.
 *
 * Samples gather in sixes and are folded when the sixth comes or when somebody looks: once a second all code is cold, so six folds in
 * a row cost little more than one.
 */
import { Entries } from './entries.ts'
import { PERIODS, type Period } from './periods.ts'

/** Samples that are folded at once. */
const BATCH = 6

/** Whatever holds rings by name. */
export interface HasRings<Entry> {
  readonly rings: ReadonlyMap<string, Entries<Entry>>
}

/** The rings of one source. */
export class Rings<Sample, Entry> {
  readonly #rings: ReadonlyMap<string, Entries<Entry>>
  readonly #reduce: (entry: Entry | undefined, sample: Sample) => Entry
  #waiting: { ms: number; sample: Sample }[] = []
  #fault: { error: unknown } | undefined
  #batch = BATCH

  /** @param reduce Folds a sample into a slot's entry, as `Source.reduce`. */
  constructor(
    reduce: (entry: Entry | undefined, sample: Sample) => Entry,
    periods: readonly Period[] = PERIODS,
  ) {
    this.#rings = new Map(periods.map((period) => [period.name, new Entries<Entry>(period)]))
    this.#reduce = reduce
  }

  /** All rings by name, every sample so far folded in. */
  get rings(): ReadonlyMap<string, Entries<Entry>> {
    this.#foldWaiting()
    return this.#rings
  }

  /** Number of the slot of a ring that holds this time; 0 where there is no such ring. */
  slotAt(period: string, ms: number): number {
    return this.#rings.get(period)?.numberAt(ms) ?? 0
  }

  /**
   * Keeps a sample of this time (Unix ms) for all rings.
   *
   * @returns What `reduce` threw for this or one of the samples before, once; undefined when all were folded. After it no sample waits
   * until one is folded again.
   */
  add(ms: number, sample: Sample): { error: unknown } | undefined {
    this.#waiting.push({ ms, sample })
    if (this.#waiting.length >= this.#batch) this.#foldWaiting()
    const fault = this.#fault
    this.#fault = undefined
    this.#batch = fault === undefined ? BATCH : 1
    return fault
  }

  /** Folds a sample into every ring now. @throws What `reduce` throws. */
  fold(ms: number, sample: Sample): void {
    this.#foldWaiting()
    this.#foldOne(ms, sample)
  }

  #foldOne(ms: number, sample: Sample): void {
    for (const ring of this.#rings.values()) ring.add(ms, (entry) => this.#reduce(entry, sample))
  }

  /** One that cannot be folded harms neither the others nor who looks: it is told by the next `add`. */
  #foldWaiting(): void {
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const { ms, sample } of waiting) {
      try {
        this.#foldOne(ms, sample)
      } catch (error) {
        this.#fault ??= { error }
      }
    }
  }
}
