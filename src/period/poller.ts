/**
 * Reads one source on a beat, folds each sample into the rings, journals and saves them, and tells its subscribers.
 *
 * A read is never doubled: while one is under way its beats are skipped and counted as late. Errors of reads are counted by message
 * and said every 30 s, not once a second. What a subscriber throws is logged and harms nobody else.
 */
import type { Family } from '../prometheus/index.ts'
import { type Log, MetricsError, messageOf, SILENT, Tally, Ticker } from '../utils/index.ts'
import { PERIODS, type Period } from './periods.ts'
import { Rings } from './rings.ts'
import { type Query, type Rows, SOURCE_NAME, type Source } from './source.ts'
import { Store } from './store.ts'

/** Beats between two saves at 1 Hz. Source: GoDoxy saves every 300 ticks. */
const SAVE_EVERY_MS = 300_000
const TELL_ERRORS_MS = 30_000
/** Beats lie this far behind the whole second: a timer that fires a little early stays within it. */
const BEAT_PHASE_MS = 10
const DEFAULT_INTERVAL_MS = 1000
const DEFAULT_TIMEOUT_MS = 1000
/** Reads that share a signal: one for each read is a twentieth of what a poller costs, one for all gathers forgotten listeners. */
const READS_PER_SIGNAL = 60
/** A wall clock that ran this far apart from the monotonic one between two beats was set, or the machine slept. */
const CLOCK_BREAK_MS = 2000

/** Where a poller keeps its history, and whom it tells. */
export interface PollerOptions {
  /** Folder of `<name>.json`; null keeps nothing on disk. @default 'data/metrics' */
  readonly dir?: string | null
  /** @default the five: 5m 15m 1h 1d 1mo */
  readonly periods?: readonly Period[]
  /** @default says nothing */
  readonly log?: Log
  /** Stands in for the clocks: `now` in Unix ms, `monotonic` in ms from any beginning. @default the system's */
  readonly clock?: { now(): number; monotonic(): number }
}

/** How a poller fares. */
export interface PollerStatus {
  readonly name: string
  /** Unix seconds of the newest sample; null while there is none. */
  readonly last_sample: number | null
  readonly polls: number
  readonly failures: number
  /** Beats skipped because the read before was still under way. */
  readonly late: number
  /** How long the newest read took; null before the first. */
  readonly duration_ms: number | null
  /** Null when the newest read succeeded. */
  readonly last_error: string | null
  /** False while the history cannot be saved. */
  readonly saved: boolean
}

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
  readonly #subscribers = new Set<Subscriber<Sample>>()
  readonly #errors = new Tally()
  #latest: Sample | undefined
  #version = 0
  #beat: { now: number; monotonic: number } | undefined
  #reading = false
  #abort = new AbortController()
  #giveUp: (code: 'timeout' | 'unavailable', why: string) => void = () => {}
  #running = false
  #stopping = false
  /** A history that was not loaded is never saved: it would replace the file by nothing. */
  #loaded = false
  #saved = true
  #status = {
    last_sample: null as number | null,
    polls: 0,
    failures: 0,
    late: 0,
    duration_ms: null as number | null,
    last_error: null as string | null,
  }

  /** @throws TypeError for a source without a lawful name, RangeError for an interval under 100 ms. */
  constructor(source: Source<Sample, Entry, Data>, options: PollerOptions = {}) {
    if (!SOURCE_NAME.test(source.name)) {
      throw new TypeError(
        `cannot poll source ${JSON.stringify(source.name)}: a name is 1 to 64 of A-Z a-z 0-9 _ -`,
      )
    }
    this.name = source.name
    this.source = source
    this.intervalMs = source.intervalMs ?? DEFAULT_INTERVAL_MS
    if (!(this.intervalMs >= 100))
      throw new RangeError(`cannot poll ${this.name}: an interval is 100 ms or more`)
    this.periods = options.periods ?? PERIODS
    this.#log = options.log ?? SILENT
    this.#clock = options.clock ?? { now: () => Date.now(), monotonic: () => performance.now() }
    this.#rings = new Rings(source.reduce?.bind(source) ?? newest, this.periods)
    const dir = options.dir === undefined ? 'data/metrics' : options.dir
    if (dir !== null) {
      this.#store = new Store({
        dir,
        name: this.name,
        rings: this.#rings,
        encode: source.encode?.bind(source) ?? same,
        decode: source.decode?.bind(source) ?? (same as (json: unknown) => Entry),
        log: this.#log,
      })
    }
    // Half a beat beside the reads, and for each name at another time: no read waits for a save.
    const savePhase = this.intervalMs / 2 + (hash(this.name) % 300) * 1000
    this.#tickers = [
      new Ticker(this.intervalMs, () => void this.poll(), BEAT_PHASE_MS),
      new Ticker(SAVE_EVERY_MS, () => void this.save(), savePhase),
      new Ticker(TELL_ERRORS_MS, () => this.#tellErrors()),
    ]
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
    this.#running = true
    this.load()
    void this.poll()
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
    if (this.#reading) this.#giveUp('unavailable', 'the poller stopped')
    this.#tellErrors()
    if (this.#loaded) await this.#store?.close()
    this.#loaded = false
    this.#stopping = false
    await this.source.close?.()
  }

  /** Saves now. Does not throw: a failure is logged and shown by `status`. */
  async save(): Promise<void> {
    if (this.#loaded) this.#saved = (await this.#store?.save()) ?? true
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
    return this.source.aggregate(ring.list(this.#clock.now()), query)
  }

  /** Number of the slot that a period's answer ends in now: with `version` it says whether an answer still holds. */
  slotNow(period: string): number {
    return this.#rings.rings.get(period)?.numberAt(this.#clock.now()) ?? 0
  }

  /** What Prometheus is told of the newest sample. */
  families(): Family[] {
    return this.#latest === undefined ? [] : (this.source.families?.(this.#latest) ?? [])
  }

  status(): PollerStatus {
    return { name: this.name, ...this.#status, saved: this.#saved }
  }

  /** One beat: reads once, unless a read is still under way. Never rejects. */
  async poll(): Promise<void> {
    if (this.#reading) {
      this.#status.late++
      return
    }
    const now = this.#clock.now()
    const last = this.#unbroken(now) ? this.#latest : undefined
    if (this.#status.polls++ % READS_PER_SIGNAL === 0) this.#abort = new AbortController()
    this.#reading = true
    const began = performance.now()
    try {
      const sample = await this.#collect(now, last, this.#abort)
      this.#status.duration_ms = performance.now() - began
      this.#keep(now, sample)
      this.#status.last_error = null
    } catch (error) {
      if (!this.#stopping) this.#fail(error)
    }
  }

  /** The sample, or the reason why there is none in time. The beat stays taken until the read itself has ended. */
  #collect(now: number, last: Sample | undefined, reading: AbortController): Promise<Sample> {
    return new Promise((resolve, reject) => {
      const timeoutMs = this.source.timeoutMs ?? DEFAULT_TIMEOUT_MS
      const timer = setTimeout(() => giveUp('timeout', `no sample within ${timeoutMs} ms`), timeoutMs)
      const giveUp = (code: 'timeout' | 'unavailable', why: string) => {
        const reason = new MetricsError(code, why)
        reject(reason)
        reading.abort(reason)
        this.#abort = new AbortController()
      }
      const ended = () => {
        clearTimeout(timer)
        this.#reading = false
      }
      this.#giveUp = giveUp
      // A source that throws before its first await fails like any other.
      new Promise<Sample>((settle) => settle(this.source.collect(now, last, reading.signal))).then(
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

  #keep(now: number, sample: Sample): void {
    this.#rings.add(now, sample)
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
  }

  #fail(error: unknown): void {
    this.#status.failures++
    this.#status.last_error = messageOf(error)
    this.#errors.add(messageOf(error))
  }

  /** Whether the time since the beat before is what both clocks say it is. */
  #unbroken(now: number): boolean {
    const before = this.#beat
    const monotonic = this.#clock.monotonic()
    this.#beat = { now, monotonic }
    if (before === undefined) return false
    return Math.abs(now - before.now - (monotonic - before.monotonic)) < CLOCK_BREAK_MS
  }

  #tellErrors(): void {
    for (const [reason, times] of this.#errors.take()) {
      this.#log.warn({ source: this.name, times }, `cannot poll ${this.name}: ${reason}: ${times} times`)
    }
  }
}

function newest<Sample, Entry>(_: Entry | undefined, sample: Sample): Entry {
  return sample as unknown as Entry
}

function same<T>(value: T): T {
  return value
}

function hash(text: string): number {
  let hash = 0
  for (const letter of text) hash = (hash * 31 + letter.codePointAt(0)!) >>> 0
  return hash
}

/** A poller of whatever types, for lists of pollers. */
// biome-ignore lint/suspicious/noExplicitAny: as for `AnySource`
export type AnyPoller = Poller<any, any>
