/**
 * One look at all slots of a file while others write it, without a lock.
 *
 * A walk looks three times: at the id-status words (and the labels of those that changed), at the values, at the words
 * again. Only what had the same word before and after is kept: an id is never used twice, so such a slot was the same
 * counter in between, and label and value belong together. Whole passes, not three looks a slot: the fence between
 * two passes costs 10 ns a walk instead of a counter, and no compiler may fold the second look into the first.
 */
import { MetricsError } from '../utils/index.ts'
import {
  ID_SHIFT,
  LABEL_LENGTH_OFFSET,
  LABEL_OFFSET,
  MAX_LABEL_BYTES,
  METADATA_LENGTH,
  STATUS,
  STATUS_MASK,
  VALUE_LENGTH,
} from './layout.ts'
import type { Window } from './window.ts'

const WORDS_A_SLOT = METADATA_LENGTH / 4
const LONGS_A_VALUE = VALUE_LENGTH / 8

/** Looks through a window; holds what was seen, so that labels of unchanged slots are decoded once. */
export class Walk {
  readonly #path: string
  readonly #window: Window
  readonly #fence = new Int32Array(1)
  /** Of each slot: its id-status word as last seen, halved, and what was decoded for it. */
  readonly #low: Int32Array
  readonly #high: Int32Array
  readonly #ids: bigint[] = []
  readonly #labels: (string | undefined)[] = []
  readonly #values: BigInt64Array

  constructor(path: string, window: Window) {
    this.#path = path
    this.#window = window
    const { capacity } = window.header
    this.#low = new Int32Array(capacity)
    this.#high = new Int32Array(capacity)
    this.#values = new BigInt64Array(capacity)
  }

  /** Looks, then calls for each counter that is there. Throws `corrupt` when the file was cut or overwritten. */
  visit(visitor: (id: bigint, label: string, value: bigint) => void): void {
    const slots = this.#look()
    const low = this.#low
    const ids = this.#ids
    const labels = this.#labels
    const values = this.#values
    for (let slot = 0; slot < slots; slot++) {
      if ((low[slot]! & STATUS_MASK) === STATUS.allocated) visitor(ids[slot]!, labels[slot]!, values[slot]!)
    }
  }

  /** Looks at everything; afterwards `#low`, `#ids`, `#labels`, `#values` hold the moment. Returns the number of slots. */
  #look(): number {
    const slots = this.#lookBefore()
    this.#window.loadAfter(slots)
    this.#orderLooks()
    this.#copyValues(slots)
    this.#orderLooks()
    const broken = this.#lookAfter(slots)
    this.#window.check()
    this.#mustBeSameFile()
    if (broken !== undefined) throw this.#corrupt(`slot ${broken} is neither free nor a counter`)
    return slots
  }

  /** Notes the words, decodes new labels; ends at the first slot that was never used. */
  #lookBefore(): number {
    const { before, header } = this.#window
    const low = this.#low
    const high = this.#high
    let loaded = this.#window.loadBefore(0)
    let at = header.metadataOffset / 4
    for (let slot = 0; slot < header.capacity; slot++, at += WORDS_A_SLOT) {
      if (slot === loaded) loaded = this.#window.loadBefore(slot)
      const word = before[at]!
      if ((word & STATUS_MASK) === STATUS.neverUsed) return slot
      if (word === low[slot] && before[at + 1] === high[slot]) continue
      low[slot] = word
      high[slot] = before[at + 1]!
      if ((word & STATUS_MASK) === STATUS.allocated) this.#decode(slot)
    }
    return header.capacity
  }

  #decode(slot: number): void {
    this.#orderLooks()
    const { bytes, header } = this.#window
    const at = header.metadataOffset + slot * METADATA_LENGTH
    const length = bytes.readInt32LE(at + LABEL_LENGTH_OFFSET)
    const fits = length >= 0 && length <= MAX_LABEL_BYTES
    this.#labels[slot] = fits
      ? bytes.toString('utf8', at + LABEL_OFFSET, at + LABEL_OFFSET + length)
      : undefined
    this.#ids[slot] = ((BigInt(this.#high[slot]!) << 32n) | BigInt(this.#low[slot]! >>> 0)) >> ID_SHIFT
  }

  #copyValues(slots: number): void {
    const { values, longs } = this.#window
    const copy = this.#values
    if (longs === undefined) {
      for (let slot = 0; slot < slots; slot++) copy[slot] = values.getBigInt64(slot * VALUE_LENGTH, true)
    } else {
      for (let slot = 0; slot < slots; slot++) copy[slot] = longs[slot * LONGS_A_VALUE]!
    }
  }

  /** Forgets slots that changed meanwhile. Returns one that did not change and makes no sense. */
  #lookAfter(slots: number): number | undefined {
    const { after, header } = this.#window
    const low = this.#low
    const high = this.#high
    const labels = this.#labels
    let broken: number | undefined
    let at = header.metadataOffset / 4
    for (let slot = 0; slot < slots; slot++, at += WORDS_A_SLOT) {
      const status = low[slot]! & STATUS_MASK
      if (after[at] !== low[slot] || after[at + 1] !== high[slot]) low[slot] = STATUS.neverUsed
      else if (status > STATUS.freed || (status === STATUS.allocated && labels[slot] === undefined))
        broken = slot
    }
    return broken
  }

  /** Keeps the processor from moving later looks before earlier ones (arm64 does). */
  #orderLooks(): void {
    Atomics.add(this.#fence, 0, 0)
  }

  #mustBeSameFile(): void {
    const { before, head } = this.#window
    for (let word = 0; word < head.length; word++) {
      if (before[word] !== head[word]) throw this.#corrupt('it was overwritten')
    }
  }

  #corrupt(reason: string): MetricsError {
    return new MetricsError('corrupt', `cannot read counters file ${this.#path}: ${reason}`)
  }
}
