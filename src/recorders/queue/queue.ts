/**
 * Ships to one recorder: gathers batches, delivers them one after the other, tries again, counts.
 *
 * `offer` never waits: a recorder that is slow, stuck or gone delays nobody. What waits is bounded in memory and on disk; while deliveries
 * fail or hang it is moved to disk each second, where there is one, so that a process that dies loses little.
 */
import { type Log, MetricsError } from '../../utils/index.ts'
import type { Recorder, Shipment } from '../recorder.ts'
import { Account } from './account.ts'
import { Backlog, type Taken } from './backlog.ts'
import { retryDelay } from './backoff.ts'
import { Bell } from './bell.ts'
import { dueIn } from './due.ts'
import { QUEUE_DEFAULTS, type QueueOptions, type RecorderStatus } from './options.ts'
import { Spills } from './spills.ts'
import type { Spool } from './spool.ts'
import { openSpool, spoolFolder } from './spoolof.ts'
import { type Change, statusOf } from './status.ts'
import { closeRecorder, within } from './within.ts'

/** How long a delivery may keep a second change of the spool waiting. */
const SETTLE_MS = 1000

/** Longest pause between the tries of a queue that is to end. */
const LAST_RETRIES_MS = 500

/** The queue of one recorder. */
export class RecorderQueue {
  #recorder: Recorder
  #options: QueueOptions
  #log: Log
  readonly #backlog: Backlog
  readonly #account: Account
  readonly #stop = new AbortController()
  readonly #spills: Spills
  #stopping = false
  #stopped: Promise<void> | undefined
  /** Shipments in a batch, fewer than any while the store finds them too large. */
  #mostShipments = Number.POSITIVE_INFINITY
  #delivering: Promise<unknown> = Promise.resolve()
  #delivery = new AbortController()
  /** Another spool to be used as soon as nothing is in delivery. */
  #moving: (() => Promise<void>) | undefined
  #moved: Promise<void> = Promise.resolve()
  readonly #due = new Bell()
  readonly #retry = new Bell()
  readonly #ended: Promise<void>

  /**
   * Opens the recorder's queue with what an earlier run left on disk, and begins to deliver.
   *
   * @throws MetricsError `unavailable` for a spool folder that cannot be made or read, `conflict` for one that is in use.
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
    this.#recorder = recorder
    this.#options = options
    this.#account = account
    this.#log = log
    this.#backlog = new Backlog(recorder.takes, options, spool, (count, why) => account.drop(count, why))
    this.#spills = new Spills(this.#backlog, () => account.counts.failures > 0)
    this.#ended = this.#run()
  }

  /** The folder that it keeps on disk now; undefined where it keeps none. */
  get folder(): string | undefined {
    return this.#backlog.spool?.folder
  }

  get takes(): Recorder['takes'] {
    return this.#recorder.takes
  }

  /** Takes a shipment. Returns at once; never throws. */
  offer(shipment: Shipment): void {
    const wasEmpty = this.#backlog.count === 0
    this.#backlog.push(shipment)
    const { queueCount, queueBytes } = this.#options
    if (this.#backlog.count * 2 > queueCount || this.#backlog.bytes * 2 > queueBytes) this.#spills.begin()
    if (wasEmpty || this.#isDue()) this.#due.ring()
  }

  /**
   * Prepares to deliver to this recorder from now on, also what waits, and to say so in this log. When it is committed the one before is
   * closed; what waits on disk moves to the new folder, or is delivered from where it is when there is none any more.
   *
   * @param recorder Takes the same part of shipments.
   * @throws MetricsError as `open`.
   */
  async change(recorder: Recorder, given: Partial<QueueOptions>, log: Log): Promise<Change> {
    const late = setTimeout(() => this.#delivery.abort(), SETTLE_MS)
    await this.#moved.finally(() => clearTimeout(late))
    const options = { ...QUEUE_DEFAULTS, ...given }
    const kept = this.#backlog.hold()
    const moves = spoolFolder(recorder, options) !== kept?.folder
    let spool = kept
    const rollback = async () => {
      if (spool !== kept) await spool?.close()
      await this.#backlog.release()
      await closeRecorder(recorder, log)
    }
    try {
      if (moves) spool = await openSpool(recorder, options, this.#account, log)
    } catch (error) {
      await rollback()
      throw error
    }
    return { commit: () => this.#use(recorder, options, log, spool), rollback }
  }

  status(): RecorderStatus {
    return statusOf(this.#recorder, this.#backlog, this.#account)
  }

  /**
   * Delivers what waits for at most this long, moves the rest to disk, or loses it where there is none, and closes the recorder.
   * Called again, it may end sooner.
   *
   * @param why Said of what is lost.
   */
  async stop(limitMs: number, why = 'the program stopped'): Promise<void> {
    this.#stopped ??= this.#end(why)
    const limit = setTimeout(() => {
      this.#stop.abort()
      this.#delivery.abort()
      this.#retry.ring()
    }, limitMs)
    await this.#stopped
    clearTimeout(limit)
  }

  #use(recorder: Recorder, options: QueueOptions, log: Log, spool: Spool | undefined): void {
    const before = this.#recorder
    this.#recorder = recorder
    this.#options = options
    this.#log = log
    this.#account.use(recorder.name, log)
    this.#backlog.limits = options
    spool?.use(options.spoolBytes, log)
    void this.#delivering.then(() => closeRecorder(before, log))
    this.#moved = new Promise((resolve) => {
      this.#moving = () => this.#backlog.useSpool(spool).finally(resolve)
    })
    this.#retry.ring()
    this.#due.ring()
  }

  async #end(why: string): Promise<void> {
    this.#stopping = true
    this.#retry.ring()
    this.#due.ring()
    await this.#ended
    this.#spills.stop()
    await this.#move()
    await this.#backlog.spill()
    if (this.#backlog.count > 0) this.#account.drop(this.#backlog.count, why)
    const { spool } = this.#backlog
    if (spool !== undefined && !spool.empty) {
      const waiting = { recorder: this.#recorder.name, documents: spool.count, folder: spool.folder }
      this.#log.info(waiting, 'documents wait on disk for the next start')
    }
    await spool?.close()
    this.#account.tell()
    await closeRecorder(this.#recorder, this.#log)
  }

  async #run(): Promise<void> {
    for (;;) {
      while (!this.#isDue() && !this.#stopping && this.#moving === undefined)
        await this.#due.wait(dueIn(this.#backlog, this.#options))
      if (this.#moving !== undefined) {
        await this.#move()
        continue
      }
      if (this.#stopping && (this.#backlog.empty || this.#stop.signal.aborted)) return
      const delivering = this.#deliver()
      this.#delivering = delivering
      if (await delivering) continue
      // What is on disk waits there; the rest has until the limit.
      if (this.#stopping && (this.#backlog.spool !== undefined || this.#stop.signal.aborted)) return
      if (this.#moving === undefined) await this.#pause()
    }
  }

  /** Makes the change of the spool that was asked for, if any. */
  async #move(): Promise<void> {
    const move = this.#moving
    this.#moving = undefined
    await move?.()
  }

  #isDue(): boolean {
    return dueIn(this.#backlog, this.#options) <= 0
  }

  /** Waits before the next try; a stop and a changed recorder end it. */
  #pause(): Promise<void> {
    const { retryFirstMs, retryMostMs } = this.#options
    const delay = retryDelay(this.#account.counts.failures, retryFirstMs, retryMostMs)
    return this.#retry.wait(this.#stopping ? Math.min(delay, LAST_RETRIES_MS) : delay)
  }

  /** One delivery of the oldest. False: it is to be made again, later. Never rejects. */
  async #deliver(): Promise<boolean> {
    const { batchCount, batchBytes, timeoutMs } = this.#options
    const recorder = this.#recorder
    this.#delivery = new AbortController()
    if (this.#stop.signal.aborted) this.#delivery.abort()
    let taken: Taken = { shipments: [], count: 0 }
    const began = performance.now()
    try {
      taken = await this.#backlog.take({
        shipments: this.#mostShipments,
        count: batchCount,
        bytes: batchBytes,
      })
      if (taken.shipments.length === 0) return true
      const delivering = within(timeoutMs, this.#delivery.signal, (signal) =>
        recorder.record(taken.shipments, signal),
      )
      const delivery = await this.#spills.watch(delivering)
      await this.#backlog.done()
      this.#mostShipments *= 2
      this.#account.succeed(delivery, performance.now() - began)
      return true
    } catch (error) {
      const code = error instanceof MetricsError ? error.code : undefined
      if (code === 'unavailable' || code === 'timeout') {
        this.#backlog.putBack()
        this.#account.fail(error, taken.count, this.#options.backoff)
        this.#spills.begin()
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
}
