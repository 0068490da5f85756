/**
 * What waits for a recorder, oldest first: on disk what was spilled, then in memory what came since.
 *
 * What was taken stays here until it is `done`: should the process die, or the delivery fail, it is still the oldest. A spill moves all
 * that is in memory behind what is on disk, also what was taken, so the order is always that of arrival.
 */
import type { Recorder, Shipment } from '../recorder.ts'
import { bytesOf, countOf } from '../shipment.ts'
import type { Spooled } from './line.ts'
import type { QueueOptions } from './options.ts'
import type { ReadLine } from './segment.ts'
import type { Spool } from './spool.ts'

interface Waiting extends Spooled {
  readonly bytes: number
  /** Monotonic milliseconds. */
  readonly since: number
}

/** How much may wait in memory. */
export type BacklogLimits = Pick<QueueOptions, 'queueCount' | 'queueBytes'>

/** A batch that was taken. */
export interface Taken {
  readonly shipments: readonly Shipment[]
  /** Documents or points. */
  readonly count: number
}

const NOTHING: Taken = { shipments: [], count: 0 }

/** The queue of one recorder, in memory and on disk. */
export class Backlog {
  limits: BacklogLimits
  #spool: Spool | undefined
  /** Nothing is moved to disk any more: what is there goes first, then the folder is given up. */
  #draining = false
  /** What comes after is being prepared: the folder is not given up before it is known. */
  #held = false
  readonly #takes: Recorder['takes']
  readonly #onDrop: (count: number, why: string) => void
  #memory: Waiting[] = []
  /** What is being written to disk: older than `#memory`. */
  #moving: Waiting[] = []
  /** How many of the oldest are being delivered: lines on disk, and behind them shipments in memory. */
  #taken = { lines: 0, count: 0, shipments: 0 }
  #spilling: Promise<void> | undefined
  #spills = 0
  #count = 0
  #bytes = 0

  /** @param onDrop Told of documents or points that were lost for want of room. */
  constructor(
    takes: Recorder['takes'],
    limits: BacklogLimits,
    spool: Spool | undefined,
    onDrop: (count: number, why: string) => void,
  ) {
    this.#takes = takes
    this.limits = limits
    this.#spool = spool
    this.#onDrop = onDrop
  }

  /** Where it waits on disk; undefined where it does not. */
  get spool(): Spool | undefined {
    return this.#spool
  }

  /** Documents or points in memory. */
  get count(): number {
    return this.#count
  }

  /** Bytes of those, as JSON, about. */
  get bytes(): number {
    return this.#bytes
  }

  get empty(): boolean {
    return this.#count === 0 && (this.spool?.empty ?? true)
  }

  /** Monotonic milliseconds at which the oldest in memory came; undefined when there is none. */
  get oldest(): number | undefined {
    return this.#memory[0]?.since
  }

  /** Puts a shipment behind all others. Where memory is full, the oldest that is not being delivered is lost. */
  push(shipment: Shipment): void {
    const count = countOf(shipment, this.#takes)
    if (count === 0) return
    const bytes = bytesOf(shipment, this.#takes)
    this.#memory.push({ shipment, count, bytes, since: performance.now() })
    this.#count += count
    this.#bytes += bytes
    this.#trim()
  }

  /** The oldest, at least one shipment if there is any, at most about this much. They stay until `done` or `putBack`. */
  async take(limit: { shipments: number; count: number; bytes: number }): Promise<Taken> {
    const lines = await this.#oldestLines()
    const from = lines.length > 0 ? lines : this.#memory
    let end = 0
    let count = 0
    let bytes = 0
    for (; end < from.length && end < limit.shipments; end++) {
      const waiting = from[end]!
      if (end > 0 && (count + waiting.count > limit.count || bytes > limit.bytes)) break
      count += waiting.count
      bytes += 'bytes' in waiting ? waiting.bytes : bytesOf(waiting.shipment, this.#takes)
    }
    if (end === 0) return NOTHING
    const last = from[end - 1]!
    this.#taken =
      'line' in last
        ? { lines: last.line + 1 - lines[0]!.line, count, shipments: 0 }
        : { lines: 0, count: 0, shipments: end }
    return { shipments: from.slice(0, end).map(({ shipment }) => shipment), count }
  }

  /** What was taken is delivered, or never will be: it is gone. */
  async done(): Promise<void> {
    // It may be on its way to the disk meanwhile.
    while (this.#spilling !== undefined) await this.#spilling
    const { lines, count, shipments } = this.#taken
    this.putBack()
    this.#forget(this.#memory.splice(0, shipments))
    if (lines > 0) await this.spool?.drop(lines, count)
    await this.#endDrained()
  }

  /** What was taken is the oldest that waits, again. */
  putBack(): void {
    this.#taken = { lines: 0, count: 0, shipments: 0 }
  }

  /** Moves all that is in memory to disk. What does not fit there stays in memory. */
  async spill(): Promise<void> {
    const { spool } = this
    if (spool === undefined || this.#draining) return
    if (this.#spilling === undefined) {
      if (this.#memory.length === 0) return
      this.#beginSpill(() => this.#spillTo(spool))
    }
    await this.#spilling
  }

  /**
   * Uses this spool from now on: what waits on disk moves there. Without one it is delivered from where it is, and nothing more
   * is moved to disk. Nothing may be in delivery at this moment.
   */
  async useSpool(next: Spool | undefined): Promise<void> {
    while (this.#spilling !== undefined) await this.#spilling
    this.#draining = next === undefined
    this.#held = false
    const before = this.#spool
    if (next !== undefined && next !== before) {
      this.#beginSpill(async () => {
        if (before !== undefined) await next.adopt(before)
        this.#spool = next
        await before?.close()
      })
      await this.#spilling
    }
    await this.#endDrained()
  }

  /** Keeps the folder, even if nothing is left in it, until `useSpool` or `release`. */
  hold(): Spool | undefined {
    this.#held = true
    return this.#spool
  }

  /** Gives up what was held for a change that was not made. */
  async release(): Promise<void> {
    this.#held = false
    await this.#endDrained()
  }

  #beginSpill(act: () => Promise<void>): void {
    this.#spills++
    this.#spilling = act().finally(() => {
      this.#spilling = undefined
    })
  }

  async #endDrained(): Promise<void> {
    const spool = this.#spool
    if (!this.#draining || this.#held || spool?.empty !== true) return
    this.#spool = undefined
    await spool.close()
  }

  /** The oldest lines on disk, read at a moment when nothing is on its way there. */
  async #oldestLines(): Promise<readonly ReadLine[]> {
    for (;;) {
      while (this.#spilling !== undefined) await this.#spilling
      const spills = this.#spills
      const lines = (await this.spool?.peek()) ?? []
      if (spills === this.#spills) return lines
    }
  }

  async #spillTo(spool: Spool): Promise<void> {
    this.#moving = this.#memory
    this.#memory = []
    // The oldest on disk make room for the newest, unless they are being delivered at this moment.
    const written = await spool.append(this.#moving, this.#taken.lines > 0)
    const taken = this.#moving.slice(0, Math.min(written, this.#taken.shipments))
    this.#taken.lines += taken.length
    this.#taken.count += taken.reduce((sum, { count }) => sum + count, 0)
    this.#taken.shipments -= taken.length
    this.#forget(this.#moving.slice(0, written))
    this.#memory = [...this.#moving.slice(written), ...this.#memory]
    this.#moving = []
    this.#trim()
  }

  #forget(gone: readonly Waiting[]): void {
    for (const { count, bytes } of gone) {
      this.#count -= count
      this.#bytes -= bytes
    }
  }

  #trim(): void {
    const inDelivery = this.#moving.length === 0 ? this.#taken.shipments : 0
    let dropped = 0
    const { queueCount, queueBytes } = this.limits
    while ((this.#count > queueCount || this.#bytes > queueBytes) && this.#memory.length > inDelivery + 1) {
      const gone = this.#memory.splice(inDelivery, 1)
      this.#forget(gone)
      dropped += gone[0]!.count
    }
    if (dropped > 0) this.#onDrop(dropped, 'its queue is full')
  }
}
