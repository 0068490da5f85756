/**
 * How long an endpoint has not answered. Source: expvastic's backoff: after that many strikes an endpoint is *gone too long*.
 *
 * Differs from expvastic: strikes are failures in a row, of any kind; a success ends them, and the endpoint is asked on.
 */
import { counted, type Log } from '../utils/index.ts'

/** Failures in a row of one source. */
export class Outage {
  readonly #backoff: number
  readonly #log: Log
  readonly #source: string
  #failures = 0
  #since = 0

  /** @param backoff Failures in a row that are still borne. */
  constructor(source: string, backoff: number, log: Log) {
    this.#source = source
    this.#backoff = backoff
    this.#log = log
  }

  /** A sentence for `/health`; undefined while the endpoint is not gone too long. */
  get fault(): string | undefined {
    if (this.#failures <= this.#backoff) return undefined
    return `endpoint gone too long: ${counted(this.#failures, 'read')} in a row failed since ${new Date(this.#since).toISOString()}`
  }

  failed(now: number, reason: string): void {
    if (this.#failures === 0) this.#since = now
    this.#failures++
    if (this.#failures === this.#backoff + 1)
      this.#log.error(
        {
          source: this.#source,
          failures: this.#failures,
          since: new Date(this.#since).toISOString(),
          reason,
        },
        'endpoint gone too long',
      )
  }

  succeeded(): void {
    if (this.#failures > this.#backoff)
      this.#log.info(
        { source: this.#source, failures: this.#failures, since: new Date(this.#since).toISOString() },
        'endpoint is back',
      )
    this.#failures = 0
  }
}
