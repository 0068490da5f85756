/**
 * Since when each sum counts. Where a source does not say it, a sum begins where it was first seen, and anew where it went back.
 * Source: OpenTelemetry data model, "Cumulative streams: handling unknown start time": the first point starts at its own time.
 */

import { type Moment, momentOf } from './model.ts'

/** Sums that are remembered; the oldest is forgotten first, and begins anew. */
export const MAX_STREAMS = 100_000

interface Stream {
  readonly start: Moment
  readonly at: Moment
  readonly value: number | bigint
}

/** Start times by stream. */
export class StartTimes {
  readonly #streams = new Map<string, Stream>()
  #next = new Map<string, Stream>()

  /**
   * Since when this value of the stream counts.
   *
   * @param started Unix seconds, where its source says it: a sum that was reset and has grown beyond what it was would not be seen to begin anew.
   */
  of(stream: string, at: Moment, value: number | bigint, started?: number): Moment {
    if (started !== undefined) return started * 1000 < at.ms ? momentOf(started * 1000) : at
    const known = this.#next.get(stream) ?? this.#streams.get(stream)
    // A sample of the past says nothing of how things go on.
    if (known !== undefined && at.ms < known.at.ms) return known.start.ms < at.ms ? known.start : at
    const start = known === undefined || value < known.value ? at : known.start
    this.#next.set(stream, { start, at, value })
    return start
  }

  /** Keeps what `of` was told since; without this it is as if it had not been told. */
  keep(): void {
    for (const [name, stream] of this.#next) this.#streams.set(name, stream)
    for (const name of this.#streams.keys()) {
      if (this.#streams.size <= MAX_STREAMS) break
      this.#streams.delete(name)
    }
    this.#next = new Map()
  }

  /** Forgets what `of` was told since the last `keep`: the batch comes again. */
  forget(): void {
    this.#next = new Map()
  }
}
