/**
 * Adds counters to a file that other processes read, and may add to, at the same time. No lock: a slot is won by a
 * compare-and-swap of its id-status word, and its counter is published by the last store.
 *
 * Slots are looked for from the lowest that this writer knows may be free, so adding takes the same time in a file of
 * 10 and of 10,000; none before it was never used, so readers, who stop at the first such slot, miss nothing.
 *
 * An id is never used twice in a file, which is what readers rely on. The creator counts from 1, as mc4j does; a writer that
 * joined draws from a number in the header's padding, above all that a creator can reach.
 * Differs from mc4j: closing a counter frees its slot. Differs from mc4go: a label is cut at a character's boundary.
 */
import { statSync } from 'node:fs'
import { MetricsError } from '../utils/index.ts'
import { Counter, type CounterFile } from './counter.ts'
import { Label } from './label.ts'
import {
  type Header,
  ID_SHIFT,
  JOINED_IDS_OFFSET,
  LABEL_LENGTH_OFFSET,
  LABEL_OFFSET,
  MAX_LABEL_BYTES,
  METADATA_LENGTH,
  STATUS,
  STATUS_MASK,
  VALUE_LENGTH,
} from './layout.ts'
import type { Mapping } from './mapping.ts'

const FIRST_JOINED_ID = 1n << 40n
const WORD_STEP = METADATA_LENGTH / 8
const VALUE_STEP = VALUE_LENGTH / 8
const ALLOCATING = BigInt(STATUS.allocating)
const ALLOCATED = BigInt(STATUS.allocated)

/** Which file was opened, whatever lies at its path later. */
interface FileIdentity {
  readonly dev: number
  readonly ino: number
}

/** The file is looked at no more often when counters are added one after the other: a look costs eight times what adding one does. */
const LOOK_EVERY_MS = 1

/**
 * Writes a counters file. Closing it leaves the file, with its last values, for readers.
 *
 * Who joined a file goes on counting in it when it is replaced (`replaceStale`), where nobody reads it. `isOpen` of a counter,
 * `addCounter` and `findCounter` notice that; counting itself, which takes nanoseconds, does not look.
 */
export class CountersWriter {
  readonly path: string
  readonly capacity: number
  readonly #mapping: Mapping
  readonly #words: Int32Array
  readonly #longs: BigInt64Array
  readonly #bytes: Uint8Array
  readonly #labels: (Uint8Array | undefined)[] = []
  readonly #encoder = new TextEncoder()
  readonly #firstWord: number
  readonly #firstValue: number
  readonly #open: (Counter | undefined)[] = []
  readonly #file: CounterFile
  readonly #joined: boolean
  readonly #identity: FileIdentity
  #lastId = 0n
  #maybeFree = 0
  #closed = false
  #lookedAt = Number.NEGATIVE_INFINITY

  /** @internal Use `createCounters` or `joinCounters`. */
  constructor(path: string, header: Header, mapping: Mapping, joined: boolean, identity: FileIdentity) {
    this.path = path
    this.#identity = identity
    this.capacity = header.capacity
    this.#mapping = mapping
    this.#words = new Int32Array(mapping.buffer)
    this.#longs = new BigInt64Array(mapping.buffer, 0, mapping.buffer.byteLength >> 3)
    this.#bytes = new Uint8Array(mapping.buffer)
    this.#firstWord = header.metadataOffset / 8
    this.#firstValue = header.valuesOffset / 8
    this.#joined = joined
    this.#file = {
      words: this.#words,
      longs: this.#longs,
      freed: (slot, counter) => {
        if (this.#open[slot] === counter) this.#open[slot] = undefined
        if (slot < this.#maybeFree) this.#maybeFree = slot
      },
      reason: () => {
        const reason = this.#lost()
        if (reason !== undefined) this.#lookedAt = Number.NEGATIVE_INFINITY
        return reason && `its file ${reason}`
      },
    }
  }

  /**
   * Adds a counter. Labels need not be unique; one over 380 bytes is cut at a character's boundary.
   *
   * @throws MetricsError `full` when all slots are taken, `unavailable` when the file was cut or replaced. TypeError when closed, and for a label that is no text or a value that is no bigint.
   */
  addCounter(label: string, initial = 0n): Counter {
    this.#mustBeOpen()
    // Before a slot is won: one that is never published would be lost.
    if (typeof label !== 'string')
      throw new TypeError(`cannot add a counter: its label is no text but ${typeof label}`)
    if (typeof initial !== 'bigint')
      throw new TypeError(
        `cannot add counter ${JSON.stringify(label)}: its value is no bigint but ${typeof initial}`,
      )
    const slot = this.#claim()
    const labelBytes = this.#labelBytes(slot)
    const { written, read } = this.#encoder.encodeInto(label, labelBytes)
    const at = this.#firstWord + slot * WORD_STEP
    const valueAt = this.#firstValue + slot * VALUE_STEP
    this.#words[at * 2 + LABEL_LENGTH_OFFSET / 4] = written
    this.#longs[valueAt] = initial
    const word = this.#longs[at]! + (ALLOCATED - ALLOCATING)
    Atomics.store(this.#longs, at, word)
    return this.#counter(slot, read === label.length ? label : label.slice(0, read), word)
  }

  /**
   * The counter of a label that is in the file already, whoever added it; undefined when there is none. The same object
   * while it is open, and the first of several with the label. A label over 380 bytes finds the counter that was given it, and cut.
   */
  findCounter(label: string): Counter | undefined {
    this.#mustBeOpen()
    const wanted = new Label(label)
    for (let slot = 0; slot < this.capacity; slot++) {
      const at = this.#firstWord + slot * WORD_STEP
      const word = Atomics.load(this.#longs, at)
      const status = Number(word & BigInt(STATUS_MASK))
      if (status === STATUS.neverUsed) return undefined
      if (status !== STATUS.allocated || !wanted.is(this.#labelOf(slot))) continue
      if (Atomics.load(this.#longs, at) !== word) continue
      const open = this.#open[slot]
      return open?.isOpen ? open : this.#counter(slot, wanted.text, word)
    }
    return undefined
  }

  /** Lets the file go; the counters stay in it, and every use of them here throws. A second call does nothing. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const counter of this.#open) counter?.detach()
    this.#open.length = 0
    this.#mapping.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new TypeError(`cannot use counters file ${this.path}: the writer is closed`)
    const now = performance.now()
    if (now - this.#lookedAt < LOOK_EVERY_MS) return
    const reason = this.#lost()
    this.#lookedAt = reason === undefined ? now : Number.NEGATIVE_INFINITY
    if (reason !== undefined)
      throw new MetricsError('unavailable', `cannot write counters file ${this.path}: it ${reason}`)
  }

  /** Why what is written is not what others read; undefined while it is. A file that is gone may still be open elsewhere. */
  #lost(): string | undefined {
    const { dev, ino } = this.#identity
    const there = statSync(this.path, { throwIfNoEntry: false })
    if (there !== undefined && (there.ino !== ino || there.dev !== dev)) return 'was replaced'
    return this.#mapping.cut || (there !== undefined && there.size < this.#words.byteLength)
      ? 'was cut'
      : undefined
  }

  /** Wins a free slot and marks it as being allocated to a new id. */
  #claim(): number {
    const start = this.#maybeFree
    let word: bigint | undefined
    for (let n = 0; n < this.capacity; n++) {
      const slot = start + n < this.capacity ? start + n : start + n - this.capacity
      const at = this.#firstWord + slot * WORD_STEP
      const status = this.#words[at * 2]! & STATUS_MASK
      if (status !== STATUS.neverUsed && status !== STATUS.freed) continue
      const seen = Atomics.load(this.#longs, at)
      if ((Number(BigInt.asIntN(32, seen)) & STATUS_MASK) !== status) continue
      word ??= (this.#nextId() << ID_SHIFT) | ALLOCATING
      if (Atomics.compareExchange(this.#longs, at, seen, word) !== seen) continue
      this.#maybeFree = slot + 1
      return slot
    }
    throw new MetricsError(
      'full',
      `cannot add a counter to ${this.path}: all ${this.capacity} slots are taken`,
    )
  }

  #nextId(): bigint {
    if (this.#joined) return FIRST_JOINED_ID + Atomics.add(this.#longs, JOINED_IDS_OFFSET / 8, 1n)
    this.#lastId += 1n
    return this.#lastId
  }

  #labelBytes(slot: number): Uint8Array {
    const at = (this.#firstWord + slot * WORD_STEP) * 8 + LABEL_OFFSET
    this.#labels[slot] ??= this.#bytes.subarray(at, at + MAX_LABEL_BYTES)
    return this.#labels[slot]
  }

  #labelOf(slot: number): Uint8Array {
    const length = this.#words[(this.#firstWord + slot * WORD_STEP) * 2 + LABEL_LENGTH_OFFSET / 4]!
    return this.#labelBytes(slot).subarray(0, length)
  }

  #counter(slot: number, label: string, word: bigint): Counter {
    const wordAt = this.#firstWord + slot * WORD_STEP
    const valueAt = this.#firstValue + slot * VALUE_STEP
    const counter = new Counter(label, this.#file, { slot, wordAt, valueAt, word })
    // The slot's counter of before was closed by another writer: it would keep views of memory that goes with this writer.
    this.#open[slot]?.detach()
    this.#open[slot] = counter
    return counter
  }
}
