/** One read at a time, each within its time limit. */
import { setTimeout as sleep } from 'node:timers/promises'
import { MetricsError } from '../utils/index.ts'

/** Reads that share a signal: one for each read is a twentieth of what a poller costs, one for all gathers forgotten listeners. */
const READS_PER_SIGNAL = 60

/** A stop waits this long for a read that was given up. */
const STOP_MS = 500

/** Runs the reads of one source. */
export class Reads<Sample> {
  readonly #timeoutMs: number
  #abort = new AbortController()
  #count = 0
  #busy = false
  #timer: NodeJS.Timeout | undefined
  #ended: Promise<unknown> = Promise.resolve()
  #giveUp: (code: 'timeout' | 'unavailable', why: string) => void = () => {}

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  /** Whether a read is under way. One that passed its time limit is, until it has really ended. */
  get busy(): boolean {
    return this.#busy
  }

  /**
   * The result of a read: at once where it did not wait, else a promise of it, or of the reason why there is none in time. Not to be
   * called while busy. Throws what the read throws.
   */
  run(read: (signal: AbortSignal) => Promise<Sample> | Sample): Promise<Sample> | Sample {
    if (++this.#count % READS_PER_SIGNAL === 0) this.#abort = new AbortController()
    const abort = this.#abort
    const reading = read(abort.signal)
    return reading instanceof Promise ? this.#within(reading, abort) : reading
  }

  #within(reading: Promise<Sample>, abort: AbortController): Promise<Sample> {
    this.#busy = true
    return new Promise((resolve, reject) => {
      this.#giveUp = (code, why) => {
        const reason = new MetricsError(code, why)
        reject(reason)
        this.#abort = new AbortController()
        abort.abort(reason)
      }
      // Wound up for each read, not made anew; when it goes off after a read has ended, nothing is late.
      if (this.#timer === undefined) this.#timer = setTimeout(() => this.#late(), this.#timeoutMs).unref()
      else this.#timer.refresh()
      const ended = () => {
        this.#busy = false
      }
      this.#ended = reading.then(
        (sample) => {
          ended()
          resolve(sample)
        },
        (error) => {
          ended()
          reject(error)
        },
      )
    })
  }

  /** Gives up the read that is under way, and waits a little for it to end: it may still use what its source holds. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (!this.#busy) return
    this.#giveUp('unavailable', 'the poller stopped')
    const timer = new AbortController()
    const limit = sleep(STOP_MS, undefined, { signal: timer.signal }).catch(() => {})
    await Promise.race([this.#ended, limit])
    timer.abort()
  }

  #late(): void {
    if (this.#busy) this.#giveUp('timeout', `no sample within ${this.#timeoutMs} ms`)
  }
}
