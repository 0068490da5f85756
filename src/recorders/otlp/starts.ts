/**
 * Since when each sum counts. Sources do not say it, so a sum begins where it was first seen, and anew where it went back.
 * Source: OpenTelemetry data model, "Cumulative streams: handling unknown start time": the first point starts at its own time.
 */

/** Sums that are remembered; the oldest is forgotten first, and begins anew. */
export const MAX_STREAMS = 100_000

interface Stream {
  readonly startMs: number
  readonly atMs: number
  readonly value: number | bigint
}

/** Start times by stream. */
export class StartTimes {
  readonly #streams = new Map<string, Stream>()
  #next = new Map<string, Stream>()

  /** Unix ms since which this value of the stream counts. */
  of(stream: string, atMs: number, value: number | bigint): number {
    const known = this.#next.get(stream) ?? this.#streams.get(stream)
    // A sample of the past says nothing of how things go on.
    if (known !== undefined && atMs < known.atMs) return Math.min(known.startMs, atMs)
    const startMs = known === undefined || value < known.value ? atMs : known.startMs
    this.#next.set(stream, { startMs, atMs, value })
    return startMs
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
