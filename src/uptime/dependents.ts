/** Those that wait to hear how a target is now, because they depend on it. */

/** Those that ask within this time are answered by one check. */
const GATHER_MS = 50

/** Gathers those that ask, and answers them together. */
export class Dependents {
  readonly #check: () => void
  #waiting: (() => void)[] = []
  #gathering: NodeJS.Timeout | undefined

  /** @param check Begins a check where none is under way: somebody waits for its end. */
  constructor(check: () => void) {
    this.#check = check
  }

  /** Calls back at the next `answer`. */
  wait(answered: () => void): void {
    this.#waiting.push(answered)
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined
      // A check may have ended meanwhile.
      if (this.#waiting.length > 0) this.#check()
    }, GATHER_MS)
  }

  /** Calls back all that wait. */
  answer(): void {
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const answered of waiting) answered()
  }

  /** Begins no check any more, and calls back all that wait. */
  stop(): void {
    clearTimeout(this.#gathering)
    this.answer()
  }
}
