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
import { type FileHandle, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Log, MetricsError, makeFolder, messageOf } from '../../utils/index.ts'
import type { Spooled } from './line.ts'
import { writeNote } from './note.ts'
import { type ReadLine, readSegment, type Segment, segmentName, writeLines } from './segment.ts'
import { survey } from './survey.ts'

/** Bytes of a segment: what is read into memory at once. */
const SEGMENT_BYTES = 4 * 1024 * 1024
/** Bytes of one write: what is on the disk or not, as a whole. */
const WRITE_BYTES = 256 * 1024
/** A spool is at least this many segments, so that a full one loses an eighth when it makes room. */
const LEAST_SEGMENTS = 8

/** A spool's bounds, and whom it tells. */
export interface SpoolOptions {
  readonly folder: string
  readonly maxBytes: number
  readonly log: Log
  /** Told of documents or points that are lost. */
  onLost(count: number, why: string): void
}

/** The queue on disk of one recorder. Its methods may be called at any time: they wait for each other. */
export class Spool {
  readonly folder: string
  maxBytes: number
  readonly #segmentBytes: number
  readonly #log: Log
  readonly #onLost: SpoolOptions['onLost']
  #segments: Segment[] = []
  #next = 1
  /** The newest segment, while lines are added to it. */
  #tail: FileHandle | undefined
  /** The oldest segment's lines, while they are read. */
  #head: { number: number; read: ReadLine[] } | undefined
  #turn: Promise<unknown> = Promise.resolve()
  /** Why lines could not be written; undefined while they can. */
  fault: string | undefined

  private constructor({ folder, maxBytes, log, onLost }: SpoolOptions) {
    this.folder = folder
    this.#onLost = onLost
    this.maxBytes = maxBytes
    this.#segmentBytes = Math.min(SEGMENT_BYTES, Math.ceil(maxBytes / LEAST_SEGMENTS))
    this.#log = log
  }

  /**
   * Opens a folder, with what an earlier run left in it.
   *
   * @throws MetricsError `unavailable` for a folder that cannot be made or read.
   */
  static async open(options: SpoolOptions): Promise<Spool> {
    const spool = new Spool(options)
    try {
      makeFolder(options.folder)
      const { segments, next } = await survey(options.folder)
      spool.#segments = segments
      spool.#next = next
    } catch (error) {
      throw new MetricsError('unavailable', `cannot open spool ${options.folder}: ${messageOf(error)}`, {
        cause: error,
      })
    }
    return spool
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
          while (this.bytes + bytes > this.maxBytes) {
            if (keepOldest) return written
            if (this.empty) throw new MetricsError('full', `more than its ${this.maxBytes} bytes at once`)
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
        if (segment.done < segment.lines) await this.#note(segment)
        else await this.#removeFirst()
      }
    })
  }

  /** Ends writing. What is on the disk stays there. */
  close(): Promise<void> {
    return this.#inTurn(() => this.#closeTail())
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => {})
    return done
  }

  async #write(text: string, bytes: number, lines: number, count: number): Promise<void> {
    const segment = await this.#newest()
    try {
      await this.#tail!.writeFile(text)
      await this.#tail!.datasync()
    } catch (error) {
      // A cut line would be joined with the next; if even this fails, a line more is unreadable.
      await this.#tail!.truncate(segment.bytes).catch(() => {})
      await this.#closeTail()
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
    if (this.#tail !== undefined && last !== undefined && last.bytes < this.#segmentBytes) return last
    await this.#closeTail()
    const segment = { number: this.#next++, bytes: 0, lines: 0, done: 0, count: 0 }
    this.#tail = await open(this.#path(segmentName(segment.number)), 'ax')
    this.#segments.push(segment)
    return segment
  }

  async #load(segment: Segment): Promise<{ number: number; read: ReadLine[] }> {
    // What is read is not written to any more.
    if (segment === this.#segments.at(-1)) await this.#closeTail()
    const path = this.#path(segmentName(segment.number))
    const content = await readFile(path).catch((error) => {
      this.#log.error({ path, reason: messageOf(error) }, 'cannot read spool')
      this.#onLost(segment.count, 'its spool cannot be read')
      return Buffer.alloc(0)
    })
    const { read, unreadable } = readSegment(content, segment.done)
    if (unreadable > 0) this.#log.warn({ path, lines: unreadable }, 'spool lines left out: they were cut')
    return { number: segment.number, read }
  }

  async #removeFirst(): Promise<void> {
    const segment = this.#segments[0]!
    if (segment === this.#segments.at(-1)) await this.#closeTail()
    await this.#removeSegment(segment)
  }

  async #removeSegment(segment: Segment): Promise<void> {
    this.#segments = this.#segments.filter((other) => other !== segment)
    if (this.#head?.number === segment.number) this.#head = undefined
    const path = this.#path(segmentName(segment.number))
    await rm(path, { force: true }).catch((error) =>
      this.#log.error({ path, reason: messageOf(error) }, 'cannot delete what was delivered of a spool'),
    )
  }

  /** Notes down what of a segment was delivered. A note that fails costs at most a second delivery. */
  async #note(segment: Segment): Promise<void> {
    await writeNote(this.folder, segment).catch((error) =>
      this.#log.debug({ folder: this.folder, reason: messageOf(error) }, 'cannot note what was delivered'),
    )
  }

  async #closeTail(): Promise<void> {
    const tail = this.#tail
    this.#tail = undefined
    await tail?.close()
  }

  /** Said once until a write succeeds again. */
  #tellFault(reason: string | undefined): void {
    if (reason !== undefined && this.fault === undefined)
      this.#log.error({ folder: this.folder, reason }, 'cannot spool: documents wait in memory')
    this.fault = reason
  }

  #path(name: string): string {
    return join(this.folder, name)
  }
}
