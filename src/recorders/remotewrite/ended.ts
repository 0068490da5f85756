/**
 * Which series ended: a store that is not told shows their last value five minutes longer.
 * Source: Prometheus remote-write specification 1.0, "Stale Markers": a sender must send them for series that are no
 * longer appended to, which it may learn from two samples following each other.
 */
import type { Series, SeriesTable, Values } from './series.ts'

/** Knows each source's newest series. */
export class EndedSeries {
  readonly #newest = new Map<SeriesTable, Values>()
  #next = new Map<SeriesTable, Values>()

  /** Series of this source that its sample before had and this one has not. */
  of(source: SeriesTable, values: Values): Series[] {
    const before = this.#next.get(source) ?? this.#newest.get(source) ?? new Map()
    this.#next.set(source, values)
    return [...before.keys()].filter((series) => !values.has(series))
  }

  /** Keeps what `of` was told since; without this it is as if it had not been told. */
  keep(): void {
    for (const [source, values] of this.#next) {
      this.#newest.set(source, values)
      source.prune(values)
    }
    this.#next = new Map()
  }

  /** Forgets what `of` was told since the last `keep`: the batch comes again. */
  forget(): void {
    this.#next = new Map()
  }
}
