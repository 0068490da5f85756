/** What a queue counts and says of its deliveries. */
import { type Log, messageOf } from '../../utils/index.ts'
import type { Delivery } from '../recorder.ts'
import type { RecorderStatus } from './options.ts'
import { Report } from './report.ts'

type Counts = Omit<
  RecorderStatus,
  'name' | 'destination' | 'queued' | 'queued_bytes' | 'spooled' | 'spooled_bytes'
>

/** The counts of one recorder. An outage is said when it begins, when it is too long, and when it ends, not at each try. */
export class Account {
  #name: string
  #log: Log
  readonly #report: Report
  readonly #counts: { -readonly [K in keyof Counts]: Counts[K] } = {
    shipped: 0,
    retried: 0,
    refused: 0,
    dropped: 0,
    deliveries: 0,
    delivery_seconds: 0,
    duration_ms: null,
    failures: 0,
    gone: false,
    last_shipped: null,
    last_error: null,
  }

  constructor(name: string, log: Log) {
    this.#name = name
    this.#log = log
    this.#report = new Report((message, documents) =>
      this.#log.warn({ recorder: this.#name, documents }, message),
    )
  }

  /** Goes on counting under this name, and tells this log. */
  use(name: string, log: Log): void {
    this.#name = name
    this.#log = log
  }

  get counts(): Counts {
    return this.#counts
  }

  /** A delivery was taken. */
  succeed({ shipped, refused }: Delivery, ms: number): void {
    const counts = this.#counts
    counts.shipped += shipped
    counts.deliveries++
    counts.delivery_seconds += ms / 1000
    counts.duration_ms = Math.round(ms * 1000) / 1000
    if (shipped > 0) counts.last_shipped = Date.now() / 1000
    const [reason] = refused.keys()
    // Where nothing of it was taken, it does not fare well, although it answers.
    counts.last_error = shipped === 0 && reason !== undefined ? reason : null
    for (const [reason, times] of refused) this.#refuse(reason, times)
    this.#answered()
  }

  /** A delivery failed and is made again. */
  fail(error: unknown, documents: number, backoff: number): void {
    const counts = this.#counts
    const reason = messageOf(error)
    counts.failures++
    counts.retried += documents
    counts.last_error = reason
    const fields = { recorder: this.#name, failures: counts.failures, reason }
    if (counts.failures === 1) this.#log.warn(fields, `cannot ship to ${this.#name}: trying again`)
    else this.#log.debug(fields, `cannot ship to ${this.#name}`)
    if (counts.gone || counts.failures <= backoff) return
    counts.gone = true
    this.#log.error(fields, `${this.#name} is gone too long: still trying`)
  }

  /** A delivery was refused as a whole. */
  refuse(error: unknown, documents: number): void {
    this.#counts.last_error = messageOf(error)
    this.#refuse(messageOf(error), documents)
    this.#answered()
  }

  /** Documents or points were lost. */
  drop(documents: number, why: string): void {
    this.#counts.dropped += documents
    this.#report.add(`documents for ${this.#name} are lost: ${why}`, documents)
  }

  /** Says what was counted and not said yet. */
  tell(): void {
    this.#report.tell()
  }

  #refuse(reason: string, documents: number): void {
    this.#counts.refused += documents
    this.#report.add(`${this.#name} refuses documents: ${reason}`, documents)
  }

  /** The recorder is there. */
  #answered(): void {
    const { failures } = this.#counts
    if (failures > 0) this.#log.info({ recorder: this.#name, failures }, `${this.#name} answers again`)
    this.#counts.failures = 0
    this.#counts.gone = false
  }
}
