/** The latest result of something slow. */
import { MetricsError } from '../utils/index.ts'
import { within } from './within.ts'

/** Runs one slow read at a time, no more often than needed, and hands out its last result meanwhile. */
export class Latest<T> {
  readonly #read: () => Promise<T>
  readonly #intervalMs: number
  readonly #timeoutMs: number
  readonly #clock: () => number
  #startedAt = Number.NEGATIVE_INFINITY
  #running: Promise<void> | undefined
  #result: { value: T } | { error: unknown } | undefined

  constructor(read: () => Promise<T>, intervalMs: number, timeoutMs: number, clock: () => number) {
    this.#read = read
    this.#intervalMs = intervalMs
    this.#timeoutMs = timeoutMs
    this.#clock = clock
  }

  /** The newest value there is after a wait of the time limit at most. Throws what the last read threw. */
  async get(): Promise<T> {
    const now = this.#clock()
    const due = this.#running === undefined && now - this.#startedAt >= this.#intervalMs
    if (due) {
      this.#startedAt = now
      this.#running = this.#run()
    }
    // What was slow the last time is not waited for a second time.
    if (this.#running !== undefined && (due || this.#result === undefined))
      await within(this.#running, this.#timeoutMs)
    const result = this.#result
    if (result === undefined) throw new MetricsError('timeout', `no answer within ${this.#timeoutMs} ms`)
    if ('error' in result) throw result.error
    return result.value
  }

  /** Lets the next `get` read anew, however short ago the last was. */
  expire(): void {
    this.#startedAt = Number.NEGATIVE_INFINITY
  }

  async #run(): Promise<void> {
    try {
      this.#result = { value: await this.#read() }
    } catch (error) {
      this.#result = { error }
    } finally {
      this.#running = undefined
    }
  }
}
