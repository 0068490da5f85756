/**
 * One look at all slots of a file while others write it, without a lock.
 *
 * A walk looks three times: at the id-status words (then at the labels of those that changed), at the values, at the words
 * again. Only what had the same word before and after is kept: an id is never used twice, so such a slot was the same
 * counter in between, and label and value belong together. Whole passes, not three looks a slot: the fence between
 * two passes costs 10 ns a walk instead of a counter, and no compiler may fold the second look into the first.
 *
 * A slot that did not change costs two reads and a comparison of 64 bits in each pass; no label is decoded and no bigint made.
 */
import { MetricsError } from '../utils/index.ts'
import {
  ID_SHIFT,
  LABEL_LENGTH_OFFSET,
  LABEL_OFFSET,
  MAX_LABEL_BYTES,
  METADATA_LENGTH,
  STATUS,
  VALUE_LENGTH,
} from './layout.ts'
import { textOf } from './text.ts'
import type { Window } from './window.ts'

// Constants of this module: an imported one is looked up again for every slot.
const WORD_STEP = METADATA_LENGTH / 8
const VALUE_STEP = VALUE_LENGTH / 8
const NEVER_USED = BigInt(STATUS.neverUsed)

/**
 * Called for each counter.
 *
 * @param bytes Those of the label, if they are not UTF-8: mc4j and mc4go cut a long label within a character.
 */
export type CounterVisitor = (id: bigint, label: string, value: bigint, bytes: Buffer | undefined) => void

/** Looks through a window; holds what was seen. */
export class Walk {
  readonly #path: string
  readonly #window: Window
  readonly #fence = new Int32Array(1)
  /** Of each slot: its id-status word as last seen (0: nothing that could be kept), and what that stands for. */
  readonly #words: BigInt64Array
  readonly #allocated: Uint8Array
  readonly #ids: bigint[] = []
  readonly #labels: string[] = []
  /** Of each slot whose label is not UTF-8: its bytes. */
  readonly #bytes: (Buffer | undefined)[] = []
  /** Of each slot: its value as last seen, and the same as a bigint. */
  readonly #values: BigInt64Array
  readonly #boxed: bigint[]
  /** Slots that were in use at the last look; none of them is ever again one that was not. */
  #used = 0

  constructor(path: string, window: Window) {
    this.#path = path
    this.#window = window
    const { capacity } = window.header
    this.#words = new BigInt64Array(capacity)
    this.#allocated = new Uint8Array(capacity)
    this.#values = new BigInt64Array(capacity)
    this.#boxed = new Array<bigint>(capacity).fill(0n)
  }

  /** Looks, then calls for each counter that is there. Throws `corrupt` when the file was cut or overwritten. */
  visit(visitor: CounterVisitor): void {
    const slots = this.#look()
    const allocated = this.#allocated
    const ids = this.#ids
    const labels = this.#labels
    const bytes = this.#bytes
    const values = this.#boxed
    for (let slot = 0; slot < slots; slot++) {
      if (allocated[slot] === 1) visitor(ids[slot]!, labels[slot]!, values[slot]!, bytes[slot])
    }
  }

  /** Looks at everything; returns the number of slots in use. */
  #look(): number {
    const changed: number[] = []
    const slots = this.#lookBefore(changed)
    const broken = this.#decode(changed)
    this.#window.loadAfter(slots)
    this.#orderLooks()
    this.#takeValues(slots)
    this.#orderLooks()
    this.#lookAfter(slots)
    this.#window.check()
    this.#mustBeSameFile()
    for (const slot of broken) {
      if (this.#words[slot] === 0n) continue
      this.#words[slot] = 0n
      throw this.#corrupt(`slot ${slot} is neither free nor a counter`)
    }
    return slots
  }

  /** Notes the words, and gathers the slots whose word changed; ends at the first that was never used. */
  #lookBefore(changed: number[]): number {
    const { before, header } = this.#window
    const words = this.#words
    const used = this.#used
    const { capacity } = header
    let loaded = this.#window.loadBefore(0)
    let slot = 0
    for (let at = 0; slot < capacity; slot++, at += WORD_STEP) {
      if (slot === loaded) loaded = this.#window.loadBefore(slot)
      if (before[at] === words[slot] && slot < used) continue
      words[slot] = before[at]!
      if (BigInt.asUintN(8, words[slot]!) === NEVER_USED) break
      changed.push(slot)
    }
    this.#used = slot
    return slot
  }

  /** Decodes ids and labels of slots; returns those that make no sense. */
  #decode(slots: readonly number[]): number[] {
    if (slots.length === 0) return []
    this.#window.loadLabels(slots[0]!, slots.at(-1)! + 1)
    this.#orderLooks()
    return slots.filter((slot) => {
      const status = Number(BigInt.asUintN(8, this.#words[slot]!))
      this.#allocated[slot] = Number(status === STATUS.allocated)
      return status === STATUS.allocated ? !this.#decodeLabel(slot) : status > STATUS.freed
    })
  }

  #decodeLabel(slot: number): boolean {
    const { metadata } = this.#window
    const at = slot * METADATA_LENGTH
    const length = metadata.readInt32LE(at + LABEL_LENGTH_OFFSET)
    if (length < 0 || length > MAX_LABEL_BYTES) return false
    const bytes = metadata.subarray(at + LABEL_OFFSET, at + LABEL_OFFSET + length)
    const label = textOf(bytes)
    this.#labels[slot] = label.text
    this.#bytes[slot] = label.bytes
    this.#ids[slot] = this.#words[slot]! >> ID_SHIFT
    return true
  }

  /** Takes the values over. A bigint is made, which costs ten times the look, only of one that changed. */
  #takeValues(slots: number): void {
    const from = this.#window.values
    const values = this.#values
    const boxed = this.#boxed
    for (let slot = 0, at = 0; slot < slots; slot++, at += VALUE_STEP) {
      const last = values[slot]
      values[slot] = from[at]!
      if (values[slot] !== last) boxed[slot] = values[slot]!
    }
  }

  /** Forgets the slots that changed meanwhile. */
  #lookAfter(slots: number): void {
    const { after } = this.#window
    const words = this.#words
    for (let slot = 0, at = 0; slot < slots; slot++, at += WORD_STEP) {
      if (after[at] === words[slot]) continue
      words[slot] = 0n
      this.#allocated[slot] = 0
    }
  }

  /** Keeps the processor from moving later looks before earlier ones (arm64 does). */
  #orderLooks(): void {
    Atomics.add(this.#fence, 0, 0)
  }

  #mustBeSameFile(): void {
    const { head, headNow } = this.#window
    for (let word = 0; word < head.length; word++) {
      if (headNow[word] !== head[word]) throw this.#corrupt('it was overwritten')
    }
  }

  #corrupt(reason: string): MetricsError {
    return new MetricsError('corrupt', `cannot read counters file ${this.#path}: ${reason}`)
  }
}
