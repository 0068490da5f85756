/**
 * Ships to one recorder: gathers batches, delivers them one after the other, tries again, counts.
 *
 * `offer` never waits: a recorder that is slow, stuck or gone delays nobody. What waits is bounded in memory and on disk; while deliveries
 * fail it is moved to disk each second, where there is one, so that a process that dies loses little.
 */
import { type Log, MetricsError, messageOf } from '../../utils/index.ts'
import type { Recorder, Shipment } from '../recorder.ts'
import { Account } from './account.ts'
import { Backlog, type Taken } from './backlog.ts'
import { retryDelay } from './backoff.ts'
import { QUEUE_DEFAULTS, type QueueOptions, type RecorderStatus } from './options.ts'
import type { Spool } from './spool.ts'
import { openSpool } from './spoolof.ts'
import { within } from './within.ts'

/** How often what came in memory is moved to disk while deliveries fail, and how soon a move that failed is tried again. */
const SPILL_EVERY_MS = 1000
/** How long a recorder may take to close. */
const CLOSE_MS = 300
/** A wait that only an event ends. */
const FOR_EVER_MS = 2 ** 31 - 1

/** The queue of one recorder. */
export class RecorderQueue {
  readonly name: string
  #recorder: Recorder
  #options: QueueOptions
  readonly #log: Log
  readonly #backlog: Backlog
  readonly #account: Account
  readonly #stop = new AbortController()
  readonly #spilling: NodeJS.Timeout | undefined
  #spillNotBefore = 0
  #stopping = false
  #stopped: Promise<void> | undefined
  /** Shipments in a batch, fewer than any while the store finds them too large. */
  #mostShipments = Number.POSITIVE_INFINITY
  #delivering: Promise<unknown> = Promise.resolve()
  #wake: () => void = () => {}
  #goOn: () => void = () => {}
  readonly #ended: Promise<void>

  /**
   * Opens the recorder's queue with what an earlier run left on disk, and begins to deliver.
   *
   * @throws MetricsError `unavailable` for a spool folder that cannot be made or read.
   */
  static async open(recorder: Recorder, given: Partial<QueueOptions>, log: Log): Promise<RecorderQueue> {
    const options = { ...QUEUE_DEFAULTS, ...given }
    const account = new Account(recorder.name, log)
    const spool = await openSpool(recorder, options, account, log)
    return new RecorderQueue(recorder, options, spool, account, log)
  }

  private constructor(
    recorder: Recorder,
    options: QueueOptions,
    spool: Spool | undefined,
    account: Account,
    log: Log,
  ) {
    this.name = recorder.name
    this.#recorder = recorder
    this.#options = options
    this.#account = account
    this.#log = log
    this.#backlog = new Backlog(recorder.takes, limitsOf(options), spool, (count, why) =>
      account.drop(count, why),
    )
    if (spool !== undefined)
      this.#spilling = setInterval(() => account.counts.failures > 0 && this.#spill(), SPILL_EVERY_MS).unref()
    this.#ended = this.#run()
  }

  get takes(): Recorder['takes'] {
    return this.#recorder.takes
  }

  /** Takes a shipment. Returns at once; never throws. */
  offer(shipment: Shipment): void {
    const wasEmpty = this.#backlog.count === 0
    this.#backlog.push(shipment)
    const { queueCount, queueBytes } = this.#options
    if (this.#backlog.count * 2 > queueCount || this.#backlog.bytes * 2 > queueBytes) this.#spill()
    if (wasEmpty || this.#isDue()) this.#wake()
  }

  /**
   * Delivers to this recorder from now on, also what waits: its settings were changed. The one before is closed. It must have the
   * same name and take the same part of shipments; the folder of the spool stays what it was.
   */
  use(recorder: Recorder, given: Partial<QueueOptions>): void {
    const before = this.#recorder
    this.#recorder = recorder
    this.#options = { ...QUEUE_DEFAULTS, ...given }
    this.#backlog.limits = limitsOf(this.#options)
    if (this.#backlog.spool !== undefined) this.#backlog.spool.maxBytes = this.#options.spoolBytes
    void this.#delivering.then(() => this.#close(before))
    this.#goOn()
    this.#wake()
  }

  status(): RecorderStatus {
    const { spool } = this.#backlog
    const { counts } = this.#account
    return {
      name: this.name,
      destination: this.#recorder.destination,
      ...counts,
      queued: this.#backlog.count,
      queued_bytes: this.#backlog.bytes,
      spooled: spool?.count ?? 0,
      spooled_bytes: spool?.bytes ?? 0,
      last_error: counts.last_error ?? (spool?.fault === undefined ? null : `cannot spool: ${spool.fault}`),
    }
  }

  /**
   * Delivers what waits for at most this long, moves the rest to disk, or loses it where there is none, and closes the recorder.
   * Called again, it may end sooner.
   */
  async stop(limitMs: number): Promise<void> {
    this.#stopped ??= this.#end()
    const limit = setTimeout(() => this.#stop.abort(), limitMs)
    await this.#stopped
    clearTimeout(limit)
  }

  async #end(): Promise<void> {
    this.#stopping = true
    this.#goOn()
    this.#wake()
    await this.#ended
    clearInterval(this.#spilling)
    await this.#backlog.spill()
    if (this.#backlog.count > 0) this.#account.drop(this.#backlog.count, 'the program stopped')
    const { spool } = this.#backlog
    if (spool !== undefined && !spool.empty) {
      const waiting = { recorder: this.name, documents: spool.count, folder: spool.folder }
      this.#log.info(waiting, 'documents wait on disk for the next start')
    }
    await spool?.close()
    this.#account.tell()
    await this.#close(this.#recorder)
  }

  async #run(): Promise<void> {
    for (;;) {
      while (!this.#isDue() && !this.#stopping) await this.#untilDue()
      if (this.#stopping && (this.#backlog.empty || this.#stop.signal.aborted)) return
      const delivering = this.#deliver()
      this.#delivering = delivering
      if (await delivering) continue
      if (this.#stopping) return
      await this.#pause()
    }
  }

  #isDue(): boolean {
    const { count, bytes, oldest, spool } = this.#backlog
    if (spool?.empty === false) return true
    const { batchCount, batchBytes, batchMs } = this.#options
    if (count >= batchCount || bytes >= batchBytes) return true
    return oldest !== undefined && performance.now() - oldest >= batchMs
  }

  #untilDue(): Promise<void> {
    const { oldest } = this.#backlog
    const wait = oldest === undefined ? FOR_EVER_MS : oldest + this.#options.batchMs - performance.now()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, wait))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Waits before the next try; a stop and a changed recorder end it. */
  #pause(): Promise<void> {
    const { retryFirstMs, retryMostMs } = this.#options
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, retryDelay(this.#account.counts.failures, retryFirstMs, retryMostMs))
      this.#goOn = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** One delivery of the oldest. False: it is to be made again, later. Never rejects. */
  async #deliver(): Promise<boolean> {
    const { batchCount, batchBytes, timeoutMs } = this.#options
    const recorder = this.#recorder
    let taken: Taken = { shipments: [], count: 0 }
    const began = performance.now()
    try {
      taken = await this.#backlog.take({
        shipments: this.#mostShipments,
        count: batchCount,
        bytes: batchBytes,
      })
      if (taken.shipments.length === 0) return true
      const delivery = await within(timeoutMs, this.#stop.signal, (signal) =>
        recorder.record(taken.shipments, signal),
      )
      await this.#backlog.done()
      this.#mostShipments *= 2
      this.#account.succeed(delivery, performance.now() - began)
      return true
    } catch (error) {
      const code = error instanceof MetricsError ? error.code : undefined
      if (code === 'unavailable' || code === 'timeout') {
        this.#backlog.putBack()
        this.#account.fail(error, taken.count, this.#options.backoff)
        this.#spill()
        return false
      }
      if (code === 'full' && taken.shipments.length > 1) {
        this.#backlog.putBack()
        this.#mostShipments = Math.ceil(taken.shipments.length / 2)
        return true
      }
      await this.#backlog.done()
      this.#account.refuse(error, taken.count)
      return true
    }
  }

  /** Moves what is in memory to disk, not more often than makes sense while the disk does not take it. */
  #spill(): void {
    const { spool } = this.#backlog
    if (spool === undefined || performance.now() < this.#spillNotBefore) return
    void this.#backlog.spill().then(() => {
      if (spool.fault !== undefined) this.#spillNotBefore = performance.now() + SPILL_EVERY_MS / 2
    })
  }

  async #close(recorder: Recorder): Promise<void> {
    await within(CLOSE_MS, new AbortController().signal, async () => recorder.close?.()).catch((error) =>
      this.#log.warn({ recorder: this.name, reason: messageOf(error) }, 'cannot close recorder'),
    )
  }
}

function limitsOf({ queueCount, queueBytes }: QueueOptions) {
  return { maxCount: queueCount, maxBytes: queueBytes }
}
