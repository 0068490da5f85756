/**
 * A queue on disk: what a recorder could not take, oldest first, in files of lines.
 *
 * ```
 * <folder>/0000000007.ndjson   a segment: a line for each shipment; deleted when all of it was delivered
 *          0000000008.ndjson   the newest: lines are added here, until it is full or somebody reads it
 *          delivered           `7 120`: the first 120 lines of segment 7 were delivered
 * ```
 *
 * A line is on the disk (fdatasync) before it counts as spooled. A process that is killed leaves at most one cut line, which is passed over
 * and said; what was delivered and not yet noted down is delivered again, under its old id. Numbers of segments are never used
 * twice, so that a note outlives its segment without harm.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { lockFolder, MetricsError, makeFolder, messageOf } from '../../utils/index.ts'
import type { Spooled } from './line.ts'
import { loadSegment, moveFile } from './load.ts'
import { noteDelivered } from './note.ts'
import type { SpoolOptions } from './options.ts'
import { type ReadLine, type Segment, segmentName, writeLines } from './segment.ts'
import { survey } from './survey.ts'
import { Tail } from './tail.ts'

/** Bytes of a segment: what is read into memory at once. */
const SEGMENT_BYTES = 4 * 1024 * 1024
/** Bytes of one write: what is on the disk or not, as a whole. */
const WRITE_BYTES = 256 * 1024
/** A spool is at least this many segments, so that a full one loses an eighth when it makes room. */
const LEAST_SEGMENTS = 8

/** The queue on disk of one recorder. Its methods may be called at any time: they wait for each other. */
export class Spool {
  readonly folder: string
  #maxBytes: number
  #log: SpoolOptions['log']
  readonly #segmentBytes: number
  readonly #onLost: SpoolOptions['onLost']
  #segments: Segment[] = []
  #next = 1
  readonly #tail = new Tail()
  #unlock: () => void = () => {}
  /** The oldest segment's lines, while they are read. */
  #head: { number: number; read: ReadLine[] } | undefined
  #turn: Promise<unknown> = Promise.resolve()
  /** Why lines could not be written; undefined while they can. */
  fault: string | undefined

  private constructor({ folder, maxBytes, log, onLost }: SpoolOptions) {
    this.folder = folder
    this.#onLost = onLost
    this.#maxBytes = maxBytes
    this.#segmentBytes = Math.min(SEGMENT_BYTES, Math.ceil(maxBytes / LEAST_SEGMENTS))
    this.#log = log
  }

  /**
   * Opens a folder, with what an earlier run left in it. Until it is closed it is nobody else's.
   *
   * @throws MetricsError `unavailable` for a folder that cannot be made or read, `conflict` for one that is open, also in another process.
   */
  static async open(options: SpoolOptions): Promise<Spool> {
    const spool = new Spool(options)
    try {
      makeFolder(options.folder)
      spool.#unlock = await lockFolder(options.folder, 'spool')
      const { segments, next } = await survey(options.folder)
      spool.#segments = segments
      spool.#next = next
    } catch (cause) {
      spool.#unlock()
      if (cause instanceof MetricsError) throw cause
      const reason = messageOf(cause)
      throw new MetricsError('unavailable', `cannot open spool ${options.folder}: ${reason}`, { cause })
    }
    return spool
  }

  /** Bounds and tells from now on by these. */
  use(maxBytes: number, log: SpoolOptions['log']): void {
    this.#maxBytes = maxBytes
    this.#log = log
  }

  /** Documents or points that wait here. */
  get count(): number {
    return this.#segments.reduce((sum, { count }) => sum + count, 0)
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  get empty(): boolean {
    return this.#segments.length === 0
  }

  /**
   * Adds lines in order. Where it is full, the oldest segments make room for them.
   *
   * @param keepOldest The oldest is being delivered: nothing makes room, and what does not fit is not written.
   * @returns How many lines are safely on the disk: all, or fewer; `fault` may say why.
   */
  append(items: readonly Spooled[], keepOldest: boolean): Promise<number> {
    return this.#inTurn(async () => {
      let written = 0
      try {
        while (written < items.length) {
          const { text, bytes, to, count } = writeLines(
            items,
            written,
            Math.min(WRITE_BYTES, this.#segmentBytes),
          )
          while (this.bytes + bytes > this.#maxBytes) {
            if (keepOldest) return written
            if (this.empty) throw new MetricsError('full', `more than its ${this.#maxBytes} bytes at once`)
            this.#onLost(this.#segments[0]!.count, 'its spool is full')
            await this.#removeFirst()
          }
          await this.#write(text, bytes, to - written, count)
          written = to
        }
        this.#tellFault(undefined)
      } catch (error) {
        this.#tellFault(messageOf(error))
      }
      return written
    })
  }

  /** The lines of the oldest segment that were not delivered; empty when nothing is left. */
  peek(): Promise<readonly ReadLine[]> {
    return this.#inTurn(async () => {
      for (;;) {
        const segment = this.#segments[0]
        if (segment === undefined) return []
        if (this.#head?.number !== segment.number) this.#head = await this.#load(segment)
        const read = this.#head.read.filter(({ line }) => line >= segment.done)
        if (read.length > 0) return read
        await this.#removeFirst()
      }
    })
  }

  /** Takes the oldest `lines` off, which are `count` documents or points: they were delivered. */
  drop(lines: number, count: number): Promise<void> {
    return this.#inTurn(async () => {
      let left = { lines, count }
      for (let segment = this.#segments[0]; segment && left.lines > 0; segment = this.#segments[0]) {
        const dropped = Math.min(left.lines, segment.lines - segment.done)
        const counted = Math.min(left.count, segment.count)
        segment.done += dropped
        segment.count -= counted
        left = { lines: left.lines - dropped, count: left.count - counted }
        if (segment.done < segment.lines) await noteDelivered(this.folder, segment, this.#log)
        else await this.#removeFirst()
      }
    })
  }

  /** Takes over what waits in another spool, behind what is here. What cannot be moved stays there, and is said. */
  adopt(other: Spool): Promise<void> {
    return this.#inTurn(async () => {
      await Promise.all([this.#tail.close(), other.#tail.close()])
      try {
        for (let segment = other.#segments[0]; segment !== undefined; segment = other.#segments[0]) {
          const moved = { ...segment, number: this.#next++ }
          // Of others it is noted when they are the oldest: at worst some of one is delivered twice.
          if (this.empty) await noteDelivered(this.folder, moved, this.#log)
          await moveFile(other.#path(segment), this.#path(moved))
          other.#segments.shift()
          this.#segments.push(moved)
        }
      } catch (error) {
        const left = { folder: other.folder, documents: other.count, reason: messageOf(error) }
        this.#log.error(left, 'cannot move spool: some stay there')
      }
    })
  }

  /** Ends writing. What is on the disk stays there, and may be opened by another. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#tail.close()
      this.#unlock()
    })
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => {})
    return done
  }

  async #write(text: string, bytes: number, lines: number, count: number): Promise<void> {
    const segment = await this.#newest()
    try {
      await this.#tail.write(text, segment.bytes)
    } catch (error) {
      if (segment.lines === 0) await this.#removeSegment(segment)
      throw error
    }
    segment.bytes += bytes
    segment.lines += lines
    segment.count += count
  }

  /** The segment that lines are added to. */
  async #newest(): Promise<Segment> {
    const last = this.#segments.at(-1)
    if (this.#tail.open && last !== undefined && last.bytes < this.#segmentBytes) return last
    const segment = { number: this.#next++, bytes: 0, lines: 0, done: 0, count: 0 }
    await this.#tail.begin(this.#path(segment))
    this.#segments.push(segment)
    return segment
  }

  async #load(segment: Segment): Promise<{ number: number; read: ReadLine[] }> {
    // What is read is not written to any more.
    if (segment === this.#segments.at(-1)) await this.#tail.close()
    const read = await loadSegment(this.#path(segment), segment, { log: this.#log, onLost: this.#onLost })
    return { number: segment.number, read }
  }

  async #removeFirst(): Promise<void> {
    const segment = this.#segments[0]!
    if (segment === this.#segments.at(-1)) await this.#tail.close()
    await this.#removeSegment(segment)
  }

  async #removeSegment(segment: Segment): Promise<void> {
    this.#segments = this.#segments.filter((other) => other !== segment)
    if (this.#head?.number === segment.number) this.#head = undefined
    const path = this.#path(segment)
    await rm(path, { force: true }).catch((error) =>
      this.#log.error({ path, reason: messageOf(error) }, 'cannot delete what was delivered of a spool'),
    )
  }

  /** Said once until a write succeeds again. */
  #tellFault(reason: string | undefined): void {
    if (reason !== undefined && this.fault === undefined)
      this.#log.error({ folder: this.folder, reason }, 'cannot spool: documents wait in memory')
    this.fault = reason
  }

  #path({ number }: Segment): string {
    return join(this.folder, segmentName(number))
  }
}
