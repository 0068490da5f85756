/**
 * When the next flush is due, on a monotonic clock.
 *
 * A flush that begins late does not push the ones after it: they stay on the grid of the first. After a failure the waits are
 * 10, 20, 40 … 600 s. Source: luci-go server/tsmon: delay 5 s, doubled at each failure.
 * Differs from luci: its cap of 10 minutes is passed over to 640 s; ours holds.
 */

/** Doubled at the first failure already. */
const FIRST_RETRY_MS = 5_000
/** The longest wait after a failure. */
export const MAX_RETRY_MS = 600_000

/** The times of flushes. */
export class Schedule {
  #nextMs: number
  #retryMs = FIRST_RETRY_MS
  #failing = false

  /** The first flush is due at once. */
  constructor(nowMs: number) {
    this.#nextMs = nowMs
  }

  /** When the next flush is due. */
  get nextMs(): number {
    return this.#nextMs
  }

  /** The wait after the last failure; 5 s when the last flush did not fail. */
  get retryMs(): number {
    return this.#retryMs
  }

  /** A flush that began then was sent, or there was no task number to send it with. */
  done(begunMs: number, intervalMs: number): void {
    const onTime = begunMs >= this.#nextMs && begunMs < this.#nextMs + intervalMs
    this.#nextMs = (onTime ? this.#nextMs : begunMs) + intervalMs
    this.#retryMs = FIRST_RETRY_MS
    this.#failing = false
  }

  /** A flush that began then failed. */
  failed(begunMs: number, maxRetryMs = MAX_RETRY_MS): void {
    this.#retryMs = Math.min(this.#retryMs * 2, maxRetryMs)
    this.#failing = true
    this.#nextMs = begunMs + this.#retryMs
  }

  /** The interval has changed: the next flush is that long after the last one began. A wait after a failure goes on. */
  retime(lastBegunMs: number, intervalMs: number): void {
    if (!this.#failing) this.#nextMs = lastBegunMs + intervalMs
  }
}
