/**
 * Errors that may come once a second, told once in a while: equal messages are counted and said together.
 * Source: GoDoxy's poller, which logs "<message>: <n> times" every 30 s.
 */

/** Different messages kept between two reports; further ones are counted as one. */
const MAX_MESSAGES = 5
const OTHERS = 'other errors'

/** Counts equal messages. */
export class Tally {
  readonly #counts = new Map<string, number>()

  /** @param times How often it came. */
  add(message: string, times = 1): void {
    const known = this.#counts.has(message) || this.#counts.size < MAX_MESSAGES
    const key = known ? message : OTHERS
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + times)
  }

  /** Messages with their counts since the last call, in order of first appearance. */
  take(): [message: string, count: number][] {
    const taken = [...this.#counts]
    this.#counts.clear()
    return taken
  }
}
