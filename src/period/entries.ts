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
import { type Period, SLOTS } from './periods.ts'

/** A slot's entry and its place. */
export interface Slot<Entry> {
  /** floor(Unix ms / interval). */
  readonly number: number
  entry: Entry
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
    const slot = this.#slots[index]
    if (slot !== undefined && slot.number === number) slot.entry = fold(slot.entry)
    else this.#slots[index] = { number, entry: fold(undefined) }
  }

  /** Entries within the period that ends at `now`, oldest first. */
  list(now: number): Entry[] {
    const newest = this.numberAt(now)
    const entries: Entry[] = []
    for (let number = newest - SLOTS + 1; number <= newest; number++) {
      const slot = this.#slots[indexOf(number)]
      if (slot !== undefined && slot.number === number) entries.push(slot.entry)
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
