/**
 * One ring: 100 slots, each a place in time.
 *
 * Slot number = floor(time / interval); it lies at index `number mod 100`. So spacing cannot drift with the beat's jitter, a
 * time without samples stays an empty slot, an entry older than the period is never served (its number is too old,
 * whatever lies beside it), and loading needs no memory of when the last add was. When the clock steps back, entries
 * of the future stay where they are, unserved, until their time comes or their index is needed.
 *
 * Differs from GoDoxy: there an entry is dropped when it comes sooner than the interval after the last *add*, which
 * drifts, hides gaps, and starts a ring's first entry one interval late.
 */
import { exactly } from './exactly.ts'
import { type Period, SLOTS } from './periods.ts'

/** Characters of an entry's JSON that are kept beside the entry, so that the next save need not make them again. */
const MAX_KEPT_TEXT = 4096

/**
 * A place in time and its entry. One from disk is its JSON until somebody looks: a start does not need to know the hundreds
 * of entries it loads, and a save writes those that did not change as they are.
 */
export class Slot<Entry> {
  /** floor(Unix ms / interval). */
  readonly number: number
  #entry: Entry | undefined
  #text: string | undefined
  readonly #open: ((text: string) => Entry | undefined) | undefined

  /** @param open Makes an entry of its JSON; undefined where it is none. */
  constructor(number: number, stored?: { text: string; open: (text: string) => Entry | undefined }) {
    this.number = number
    this.#text = stored?.text
    this.#open = stored?.open
  }

  /** Undefined where what was stored is no entry. */
  get entry(): Entry | undefined {
    if (this.#entry === undefined && this.#text !== undefined) {
      this.#entry = this.#open?.(this.#text)
      if (this.#text.length > MAX_KEPT_TEXT || this.#entry === undefined) this.#text = undefined
    }
    return this.#entry
  }

  set entry(entry: Entry) {
    this.#entry = entry
    this.#text = undefined
  }

  /** Its JSON as it was read, while nobody has looked. */
  get unopened(): string | undefined {
    return this.#entry === undefined ? this.#text : undefined
  }

  /** Its JSON; undefined where there is no entry. */
  text(encode: (entry: Entry) => unknown): string | undefined {
    if (this.#text !== undefined) return this.#text
    if (this.#entry === undefined) return undefined
    const text = exactly(encode(this.#entry))
    if (text.length <= MAX_KEPT_TEXT) this.#text = text
    return text
  }
}

/** A ring of 100 slots. */
export class Entries<Entry> {
  readonly period: Period
  readonly #slots: (Slot<Entry> | undefined)[] = new Array(SLOTS).fill(undefined)

  constructor(period: Period) {
    this.period = period
  }

  /** Number of the slot that holds this time. */
  numberAt(ms: number): number {
    return Math.floor(ms / this.period.intervalMs)
  }

  /** Folds something into the slot of this time; `fold` gets the slot's entry, or undefined when it begins. */
  add(ms: number, fold: (entry: Entry | undefined) => Entry): void {
    const number = this.numberAt(ms)
    const index = indexOf(number)
    let slot = this.#slots[index]
    if (slot === undefined || slot.number !== number) {
      slot = new Slot(number)
      slot.entry = fold(undefined)
      this.#slots[index] = slot
    } else slot.entry = fold(slot.entry)
  }

  /** Puts what was stored into the slot of this time; `open` makes an entry of it when somebody looks. */
  put(ms: number, text: string, open: (text: string) => Entry | undefined): void {
    const number = this.numberAt(ms)
    this.#slots[indexOf(number)] = new Slot(number, { text, open })
  }

  /** Entries within the period that ends at `now`, oldest first; of its newest slots alone when that is asked. */
  list(now: number, slots = SLOTS): Entry[] {
    const newest = this.numberAt(now)
    const entries: Entry[] = []
    for (let number = newest - Math.min(slots, SLOTS) + 1; number <= newest; number++) {
      const slot = this.#slots[indexOf(number)]
      const entry = slot?.number === number ? slot.entry : undefined
      if (entry !== undefined) entries.push(entry)
    }
    return entries
  }

  /** Every slot that is filled, oldest first, also those of the future: what is saved. */
  slots(): Slot<Entry>[] {
    return this.#slots.filter((slot) => slot !== undefined).sort((a, b) => a.number - b.number)
  }
}

/** Where the slot of this number lies: 0 … 99, for numbers before 1970 too. */
export function indexOf(number: number): number {
  return ((number % SLOTS) + SLOTS) % SLOTS
}
