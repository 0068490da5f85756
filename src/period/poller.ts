/**
 * Reads one source on a beat, folds each sample into the rings, journals and saves them, and tells its subscribers.
 *
 * A read is never doubled: while one is under way its beats are skipped and counted as late. Errors of reads are counted by message
 * and said every 30 s, not once a second. What a subscriber throws is logged and harms nobody else.
 */
import type { Family } from '../prometheus/index.ts'
import { counted, hashOf, type Log, MetricsError, messageOf, SILENT, Tally, Ticker } from '../utils/index.ts'
import { Continuity } from './continuity.ts'
import { checkSource } from './lawful.ts'
import { newCounts, type PollerOptions, type PollerStatus } from './options.ts'
import { PERIODS, type Period } from './periods.ts'
import { Reads } from './reads.ts'
import { Rings } from './rings.ts'
import type { Query, Rows, Source } from './source.ts'
import { Store } from './store.ts'

/** Source: GoDoxy saves every 300 ticks of a second. */
const SAVE_EVERY_MS = 300_000
const TELL_ERRORS_MS = 30_000
/** Beats lie this far behind the whole second: a timer that fires a little early stays within it. */
const BEAT_PHASE_MS = 10
const DEFAULT_INTERVAL_MS = 1000
const DEFAULT_TIMEOUT_MS = 1000

type Subscriber<Sample> = (sample: Sample, now: number) => void

/** One source with its history. */
export class Poller<Sample, Entry = Sample, Data = unknown> {
  readonly name: string
  readonly source: Source<Sample, Entry, Data>
  readonly intervalMs: number
  readonly periods: readonly Period[]
  readonly #rings: Rings<Sample, Entry>
  readonly #store: Store<Sample, Entry> | undefined
  readonly #log: Log
  readonly #clock: { now(): number; monotonic(): number }
  readonly #tickers: Ticker[]
  readonly #reads: Reads<Sample | undefined>
  readonly #subscribers = new Set<Subscriber<Sample>>()
  readonly #errors = new Tally()
  #latest: Sample | undefined
  #version = 0
  readonly #continuity = new Continuity()
  #running = false
  #firstRead: Promise<void> = Promise.resolve()
  #stopping = false
  /** A history that was not loaded is never saved: it would replace the file by nothing. */
  #loaded = false
  readonly #status = newCounts()

  /** @throws MetricsError `invalid` for a source without a lawful name, `collect` or `aggregate`, and for an interval under 100 ms. */
  constructor(source: Source<Sample, Entry, Data>, options: PollerOptions = {}) {
    checkSource(source)
    this.name = source.name
    this.source = source
    this.intervalMs = source.intervalMs ?? DEFAULT_INTERVAL_MS
    this.periods = options.periods ?? PERIODS
    this.#reads = new Reads(source.timeoutMs ?? DEFAULT_TIMEOUT_MS)
    this.#log = options.log ?? SILENT
    this.#clock = options.clock ?? { now: () => Date.now(), monotonic: () => performance.now() }
    const newest = (_: unknown, sample: Sample) => sample as unknown as Entry
    this.#rings = new Rings(source.reduce?.bind(source) ?? newest, this.periods)
    const dir = options.dir === undefined ? 'data/metrics' : options.dir
    if (dir !== null) {
      this.#store = new Store({
        dir,
        name: this.name,
        rings: this.#rings,
        journal: source.journal?.bind(source) ?? ((sample) => sample),
        encode: source.encode?.bind(source) ?? ((entry) => entry),
        decode: source.decode?.bind(source) ?? ((json) => json as Entry),
        shared: source,
        log: this.#log,
      })
    }
    // Half a beat beside the reads, and for each name at another time: no read waits for a save.
    const savePhase = this.intervalMs / 2 + (hashOf(this.name) % 300) * 1000
    this.#tickers = [
      new Ticker(this.intervalMs, () => void this.poll(), BEAT_PHASE_MS),
      new Ticker(SAVE_EVERY_MS, () => void this.save(), savePhase),
      // Together with a beat: to wake the program costs more than what it is woken for.
      new Ticker(TELL_ERRORS_MS, () => this.#tellErrors(), BEAT_PHASE_MS),
    ]
  }

  /** Resolves when the first read after `start` has ended, whether it succeeded or not. */
  get firstRead(): Promise<void> {
    return this.#firstRead
  }

  /** The newest sample; undefined before the first. */
  get latest(): Sample | undefined {
    return this.#latest
  }

  /** Grows with every sample: an answer made for one version holds until the next, or until its slot ends. */
  get version(): number {
    return this.#version
  }

  /** Loads the history, reads once at once and then on each beat. */
  start(): this {
    if (this.#running) return this
    if (this.#stopping) throw new Error(`cannot start poller ${this.name}: it was stopped; make a new one`)
    this.#running = true
    this.load()
    this.#firstRead = this.poll()
    for (const ticker of this.#tickers) ticker.start()
    return this
  }

  /** Loads the history: the part of `start` before the first read. */
  load(): void {
    this.#store?.load(this.#clock.now())
    this.#loaded = true
    this.#version++
  }

  /** Ends reads, saves, and frees what the source holds. */
  async stop(): Promise<void> {
    this.#running = false
    this.#stopping = true
    for (const ticker of this.#tickers) ticker.stop()
    await this.#reads.stop()
    if (this.#loaded) this.#finish()
    this.#tellErrors()
    if (this.#loaded) await this.#store?.close()
    this.#loaded = false
    await this.source.close?.()
  }

  /** Saves now. Does not throw: a failure is logged and shown by `status`. */
  async save(): Promise<void> {
    if (this.#loaded) await this.#store?.save()
  }

  /** Calls back after each sample, until the returned function is called. */
  subscribe(subscriber: Subscriber<Sample>): () => void {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }

  /**
   * Rows of a period that ends now.
   *
   * @throws MetricsError `invalid` for a period or aggregate that does not exist.
   */
  query(query: Query): Rows<Data> {
    const ring = this.#rings.rings.get(query.period)
    if (ring === undefined) {
      const allowed = this.periods.map(({ name }) => name).join(', ')
      throw new MetricsError(
        'invalid',
        `invalid period ${JSON.stringify(query.period)}: allowed are ${allowed}`,
      )
    }
    return this.source.aggregate(ring.list(this.#clock.now(), query.newest), query)
  }

  /** Number of the slot that a period's answer ends in now: with `version` it says whether an answer still holds. */
  slotNow(period: string): number {
    return this.#rings.slotAt(period, this.#clock.now())
  }

  /** What Prometheus is told of the newest sample, to be written at once; nothing while reads fail, so that old values do not pass for new ones. */
  families(): Family[] {
    const { last_error } = this.#status
    if (this.#latest === undefined || last_error !== null) return []
    return this.source.liveFamilies?.(this.#latest) ?? this.source.families?.(this.#latest) ?? []
  }

  status(): PollerStatus {
    const saved = this.#store?.healthy ?? true
    return { name: this.name, ...this.#status, saved, faults: this.source.faults?.() ?? [] }
  }

  /** One beat: reads once, unless a read is still under way. Never rejects. */
  async poll(): Promise<void> {
    if (this.#reads.busy) {
      this.#status.late++
      this.#store?.flush()
      return
    }
    const now = this.#clock.now()
    const last = this.#continuity.beat(now, this.#clock.monotonic()) ? this.#latest : undefined
    this.#status.polls++
    const began = performance.now()
    try {
      const reading = this.#reads.run((signal) => this.source.collect(now, last, signal))
      // One that did not wait is kept at once: a promise more costs as much as a file read.
      const sample = reading instanceof Promise ? await reading : reading
      this.#status.duration_ms = Math.round((performance.now() - began) * 1000) / 1000
      const fault = sample === undefined ? this.#store?.flush() : this.#keep(now, sample)
      if (fault !== undefined) throw fault.error
      this.#status.last_error = null
    } catch (error) {
      if (!this.#stopping) this.#fail(error)
    }
  }

  /** Keeps and tells it. What could not be folded may be an earlier one, so it does not keep this one from those who wait for it. */
  #keep(now: number, sample: Sample): { error: unknown } | undefined {
    const fault = this.#rings.add(now, sample)
    this.#store?.append(now, sample)
    this.#latest = sample
    this.#version++
    this.#status.last_sample = now / 1000
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(sample, now)
      } catch (error) {
        this.#errors.add(`subscriber: ${messageOf(error)}`)
      }
    }
    return fault
  }

  /** What came since the last read belongs to the history, too. */
  #finish(): void {
    try {
      const sample = this.source.finish?.(this.#clock.now())
      const fault = sample === undefined ? undefined : this.#keep(this.#clock.now(), sample)
      if (fault !== undefined) throw fault.error
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#store?.flush()
    this.#status.failures++
    this.#status.last_error = messageOf(error)
    this.#errors.add(messageOf(error))
  }

  #tellErrors(): void {
    for (const [reason, times] of this.#errors.take()) {
      const message = `cannot poll ${this.name}: ${reason}: ${counted(times, 'time')}`
      this.#log.warn({ source: this.name, times }, message)
    }
  }
}

/** A poller of whatever types, for lists of pollers. */
// biome-ignore lint/suspicious/noExplicitAny: as for `AnySource`
export type AnyPoller = Poller<any, any>
