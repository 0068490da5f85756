/** All requests of the time since somebody last looked, whatever their fields: what history is made of. */
import type { Bucketer } from '../metrics/bucketer.ts'
import { Distribution } from '../metrics/distribution.ts'
import { ABORTED } from './status.ts'

/** The requests of one stretch of time. */
export interface RequestTotals {
  readonly count: number
  /** Answered with 500 or above. */
  readonly errors: number
  /** Given up by the client. */
  readonly aborted: number
  readonly requestBytes: number
  readonly responseBytes: number
  /** Milliseconds. */
  readonly durations: Distribution
  /** Milliseconds; 0 where there was none. */
  readonly greatestMs: number
}

/** Counts requests until they are taken. */
export class RequestWindow {
  readonly #bucketer: Bucketer
  #count = 0
  #errors = 0
  #aborted = 0
  #requestBytes = 0
  #responseBytes = 0
  #greatestMs = 0
  #durations: Distribution

  constructor(bucketer: Bucketer) {
    this.#bucketer = bucketer
    this.#durations = new Distribution(bucketer)
  }

  /** Whether there was none since the last `take`. */
  get empty(): boolean {
    return this.#count === 0
  }

  /** Counts one. */
  add(status: number, durationMs: number, requestBytes: number, responseBytes: number): void {
    this.#count++
    if (status === ABORTED) this.#aborted++
    else if (status >= 500) this.#errors++
    this.#requestBytes += requestBytes
    this.#responseBytes += responseBytes
    if (durationMs > this.#greatestMs) this.#greatestMs = durationMs
    this.#durations.add(durationMs)
  }

  /** What was counted since the last call. */
  take(): RequestTotals {
    const totals = {
      count: this.#count,
      errors: this.#errors,
      aborted: this.#aborted,
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
      durations: this.#durations,
      greatestMs: this.#greatestMs,
    }
    if (this.#count > 0) this.#durations = new Distribution(this.#bucketer)
    this.#count =
      this.#errors =
      this.#aborted =
      this.#requestBytes =
      this.#responseBytes =
      this.#greatestMs =
        0
    return totals
  }
}
