/** When flushes happen: one at a time, on the schedule, within their time, less often while they fail. */
import { formatDuration, type Log, messageOf } from '../../utils/index.ts'
import type { Clock } from './clock.ts'
import { MAX_RETRY_MS, Schedule } from './schedule.ts'
import { deadline, within } from './within.ts'

/**
 * What came of a flush: `sent`; `no_number`: there was no task number to send with; `failed`; `busy`: another one is under way; `disabled`;
 * `stopped`: it was given up because the task stopped or was disabled.
 */
export type FlushOutcome = 'sent' | 'no_number' | 'failed' | 'busy' | 'disabled' | 'stopped'

/** What a loop of flushes needs. */
export interface FlushLoopOptions {
  readonly clock: Clock
  readonly log: Log
  /** As they are now. */
  readonly settings: () => { readonly flushIntervalMs: number; readonly flushTimeoutMs: number }
  /** Waits after failures are no longer than this. @default 10 minutes */
  readonly maxRetryMs?: number | undefined
  /** Said when nothing was sent for long. */
  readonly hint?: string | undefined
  /** Flushes once. Rejects when it failed; the signal is aborted when nobody waits for it any more. */
  readonly flush: (signal: AbortSignal) => Promise<'sent' | 'no_number'>
}

/** Nothing was sent for so many intervals: it is complained of. Source: luci-go. */
const SILENT_INTERVALS = 5

/** The loop. */
export class FlushLoop {
  readonly #options: FlushLoopOptions
  #schedule: Schedule
  #running = false
  #under: { readonly outcome: Promise<FlushOutcome>; readonly abort: AbortController } | undefined
  #forget: () => void = () => {}
  /** When the last flush began; undefined before the first since `begin`. */
  #begunMs: number | undefined
  #sentMs = 0
  #lastFlush: number | null = null
  #lastError: string | null = null

  constructor(options: FlushLoopOptions) {
    this.#options = options
    this.#schedule = new Schedule(options.clock.monotonic())
  }

  /** Unix seconds at which the last flush that was sent began; null before the first. */
  get lastFlush(): number | null {
    return this.#lastFlush
  }

  /** Unix seconds at which the next flush is due; null while the loop does not run. */
  get nextFlush(): number | null {
    const { clock } = this.#options
    const inMs = this.#schedule.nextMs - clock.monotonic()
    return this.#running ? Math.round(clock.now() + inMs) / 1000 : null
  }

  /** Why the last flush failed; null when it did not. */
  get lastError(): string | null {
    return this.#lastError
  }

  /** Begins: the first flush is at once. */
  begin(): void {
    const { clock } = this.#options
    this.#running = true
    this.#lastError = null
    this.#sentMs = clock.monotonic()
    this.#begunMs = undefined
    this.#schedule = new Schedule(this.#sentMs)
    this.#wind()
  }

  /** No flush begins from here on, except by `run`. One that is under way goes on. */
  pause(): void {
    this.#running = false
    this.#forget()
  }

  /** Ends what is under way; resolves when nothing is. */
  async end(reason: Error): Promise<void> {
    this.pause()
    this.giveUp(reason)
    await this.#under?.outcome
  }

  /** Ends the flush that is under way, which has then failed. */
  giveUp(reason: Error): void {
    this.#under?.abort.abort(reason)
  }

  /** The interval has changed. */
  retime(): void {
    // The first flush is at once, whatever the interval is.
    if (this.#begunMs === undefined) return
    this.#schedule.retime(this.#begunMs, this.#options.settings().flushIntervalMs)
    if (this.#running && this.#under === undefined) this.#wind()
  }

  /** What came of the flush that is under way; undefined while there is none. */
  get underWay(): Promise<FlushOutcome> | undefined {
    return this.#under?.outcome
  }

  /** Flushes now, unless a flush is under way. Never rejects. */
  async run(): Promise<FlushOutcome> {
    if (this.#under !== undefined) return 'busy'
    this.#forget()
    const abort = new AbortController()
    const outcome = this.#flush(abort.signal)
    this.#under = { outcome, abort }
    const came = await outcome
    this.#under = undefined
    this.#wind()
    return came
  }

  async #flush(given: AbortSignal): Promise<FlushOutcome> {
    const { clock, log, settings, flush, maxRetryMs = MAX_RETRY_MS } = this.#options
    const { flushIntervalMs, flushTimeoutMs } = settings()
    const begunMs = clock.monotonic()
    const begun = clock.now() / 1000
    this.#begunMs = begunMs
    this.#complain(begunMs, flushIntervalMs)
    const { signal, end } = deadline(clock, flushTimeoutMs, 'the flush was not done', given)
    try {
      const outcome = await within(signal, flush(signal))
      this.#schedule.done(begunMs, settings().flushIntervalMs)
      this.#lastError = null
      if (outcome === 'sent') {
        this.#sentMs = begunMs
        this.#lastFlush = begun
      }
      return outcome
    } catch (error) {
      this.#schedule.failed(begunMs, maxRetryMs)
      if (given.aborted && !this.#running) return 'stopped'
      this.#lastError = messageOf(error)
      log.warn({ retry_s: this.#schedule.retryMs / 1000 }, `cannot flush: ${this.#lastError}`)
      return 'failed'
    } finally {
      end()
    }
  }

  #complain(nowMs: number, intervalMs: number): void {
    const silentMs = nowMs - this.#sentMs
    if (silentMs <= SILENT_INTERVALS * intervalMs) return
    const { log, hint } = this.#options
    const since = formatDuration(Math.round(silentMs / 1000) * 1000)
    log.error(
      { last_flush: this.#lastFlush },
      `nothing was flushed for ${since}${hint === undefined ? '' : `: ${hint}`}`,
    )
  }

  #wind(): void {
    this.#forget()
    if (!this.#running) return
    const { clock } = this.#options
    const inMs = Math.max(0, this.#schedule.nextMs - clock.monotonic())
    this.#forget = clock.timer(inMs, () => void this.run())
  }
}
