/**
 * A beat without drift.
 *
 * The next beat is computed from the wall clock's grid, not from the last beat: a late one does not push the others,
 * a missed one is not made up for, and after a clock step the beat goes on at the next point of the grid. A timer
 * that fires a little early (they are rounded to milliseconds) belongs to the point ahead, not to a beat of its own.
 */
const EARLY = 0.1

/**
 * Milliseconds from `now` to the next point of the grid `phase + n × interval`.
 *
 * @returns More than a tenth of the interval, at most 1.1 of it.
 */
export function untilNextBeat(now: number, intervalMs: number, phaseMs = 0): number {
  const since = (((now - phaseMs) % intervalMs) + intervalMs) % intervalMs
  const wait = intervalMs - since
  return wait <= intervalMs * EARLY ? wait + intervalMs : wait
}

/** A beat this near to the grid is on it: its timer is used again as it is. */
const ON_GRID_MS = 5

/** Calls `beat` at each point of the grid until it is stopped. `beat` must not throw. */
export class Ticker {
  readonly intervalMs: number
  readonly #phaseMs: number
  readonly #beat: () => void
  #timer: NodeJS.Timeout | undefined
  /** What the timer was made to wait. */
  #waitMs = 0

  constructor(intervalMs: number, beat: () => void, phaseMs = 0) {
    this.intervalMs = intervalMs
    this.#beat = beat
    this.#phaseMs = phaseMs
  }

  start(): void {
    if (this.#timer === undefined) this.#schedule()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #schedule(): void {
    const wait = untilNextBeat(Date.now(), this.intervalMs, this.#phaseMs)
    if (
      this.#timer !== undefined &&
      this.#waitMs === this.intervalMs &&
      Math.abs(wait - this.intervalMs) <= ON_GRID_MS
    ) {
      this.#timer.refresh()
      return
    }
    clearTimeout(this.#timer)
    // On the grid the wait is the interval itself, and the timer can be wound up again and again.
    this.#waitMs = Math.abs(wait - this.intervalMs) <= ON_GRID_MS ? this.intervalMs : wait
    this.#timer = setTimeout(() => {
      this.#schedule()
      this.#beat()
    }, this.#waitMs)
  }
}
