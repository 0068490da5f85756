/** All rings of one source, side by side: a sample is folded into one slot of each. */
import { Entries } from './entries.ts'
import { PERIODS, type Period } from './periods.ts'

/** The rings of one source. */
export class Rings<Sample, Entry> {
  readonly rings: ReadonlyMap<string, Entries<Entry>>
  readonly #reduce: (entry: Entry | undefined, sample: Sample) => Entry

  /** @param reduce Folds a sample into a slot's entry, as `Source.reduce`. */
  constructor(
    reduce: (entry: Entry | undefined, sample: Sample) => Entry,
    periods: readonly Period[] = PERIODS,
  ) {
    this.rings = new Map(periods.map((period) => [period.name, new Entries<Entry>(period)]))
    this.#reduce = reduce
  }

  /** Folds a sample of this time (Unix ms) into every ring. */
  add(ms: number, sample: Sample): void {
    for (const ring of this.rings.values()) ring.add(ms, (entry) => this.#reduce(entry, sample))
  }
}
