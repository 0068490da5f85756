/** Log lines of what may happen to each document: said at once, then counted and said once a minute. */
import { Tally } from '../../utils/index.ts'

const EVERY_MS = 60_000

/** Counts by message. */
export class Report {
  readonly #say: (message: string, times: number) => void
  readonly #tally = new Tally()
  #saidAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  /** @param say Called for each message with how often it came. */
  constructor(say: (message: string, times: number) => void) {
    this.#say = say
  }

  add(message: string, times: number): void {
    this.#tally.add(message, times)
    const wait = this.#saidAt + EVERY_MS - performance.now()
    // What comes together is said together.
    this.#timer ??= setTimeout(() => this.tell(), Math.max(0, wait)).unref()
  }

  /** Says now what was not said yet. */
  tell(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const counts = this.#tally.take()
    if (counts.length > 0) this.#saidAt = performance.now()
    for (const [message, times] of counts) this.#say(message, times)
  }
}
