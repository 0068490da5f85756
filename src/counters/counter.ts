/**
 * One counter of a writer: an int64 in shared memory.
 *
 * Every operation first looks at the slot's id-status word, by halves, as the whole would be a bigint. While it is the one
 * that this counter was given, the slot is its own; when the counter was closed, here or by another process or thread, it
 * is not, and the operation throws instead of changing what is now another's value. That look costs about 1.5 ns. A closed
 * counter has views of no length, so the same look fails for it; nothing can reach memory that is unmapped. The weak operations leave the look out, which would double
 * their cost of 1.6 ns: who alone writes a counter is alone to close it. If another process closes it all the same, they go on
 * writing to the slot, and to the counter that is given it next.
 */
import { MetricsError } from '../utils/index.ts'
import { ID_SHIFT, STATUS } from './layout.ts'

const NO_WORDS = new Int32Array(0)
const CLOSED = -1
const NO_VALUES = new BigInt64Array(0)
const ALLOCATED = BigInt(STATUS.allocated)
const FREED = BigInt(STATUS.freed)

/** The file that counters lie in, as far as they need it. */
export interface CounterFile {
  readonly words: Int32Array
  readonly longs: BigInt64Array
  /** Takes note that a counter has freed its slot. */
  freed(slot: number, counter: Counter): void
  /** Why what is counted is lost, if the file is the reason: it was cut, or replaced. */
  reason(): string | undefined
}

/** Where a counter lies: `wordAt` and `valueAt` are indexes in `longs`; `word` is `id << 8 | 2`, while it is allocated. */
export interface Place {
  readonly slot: number
  readonly wordAt: number
  readonly valueAt: number
  readonly word: bigint
}

/**
 * A counter. All values are int64 and wrap like them, as the format has it, and those of Java and Go: sums and what is handed in are
 * taken modulo 2^64, so `add(2n ** 63n)` is `add(-(2n ** 63n))`. To look whether it fits would double what an operation costs. `increment`, `add`, `set`, `getAndSet` and `compareAndSet` are
 * atomic among all threads and processes that have the file; the `…Weak` ones are for a counter that only one thread writes, and closes: they do not
 * notice that another writer closed it.
 *
 * @throws TypeError at any use after `close`, of it or of its writer, and for a value that is no bigint.
 */
export class Counter {
  readonly id: bigint
  readonly label: string
  readonly #file: CounterFile
  readonly #place: Place
  readonly #at: number
  readonly #low: number
  readonly #high: number
  /** Index of the value in `#longs`; -1 when closed. */
  #value: number
  #words: Int32Array
  #longs: BigInt64Array

  /** @internal Use `CountersWriter.addCounter`. */
  constructor(label: string, file: CounterFile, place: Place) {
    this.id = place.word >> ID_SHIFT
    this.label = label
    this.#file = file
    this.#place = place
    this.#at = place.wordAt * 2
    this.#low = Number(BigInt.asIntN(32, place.word))
    this.#high = Number(BigInt.asIntN(32, place.word >> 32n))
    this.#value = place.valueAt
    this.#words = file.words
    this.#longs = file.longs
  }

  /** Adds 1. */
  increment(): void {
    if (this.#words[this.#at] !== this.#low || this.#words[this.#at + 1] !== this.#high) this.#fail()
    Atomics.add(this.#longs, this.#value, 1n)
  }

  /** Adds `n`, which may be negative. */
  add(n: bigint): void {
    if (this.#words[this.#at] !== this.#low || this.#words[this.#at + 1] !== this.#high) this.#fail()
    if (typeof n !== 'bigint') this.#refuse(n)
    Atomics.add(this.#longs, this.#value, n)
  }

  get(): bigint {
    if (this.#words[this.#at] !== this.#low || this.#words[this.#at + 1] !== this.#high) this.#fail()
    return Atomics.load(this.#longs, this.#value)
  }

  set(value: bigint): void {
    if (this.#words[this.#at] !== this.#low || this.#words[this.#at + 1] !== this.#high) this.#fail()
    if (typeof value !== 'bigint') this.#refuse(value)
    Atomics.store(this.#longs, this.#value, value)
  }

  /** Sets `value` and returns what was there. */
  getAndSet(value: bigint): bigint {
    if (this.#words[this.#at] !== this.#low || this.#words[this.#at + 1] !== this.#high) this.#fail()
    if (typeof value !== 'bigint') this.#refuse(value)
    return Atomics.exchange(this.#longs, this.#value, value)
  }

  /** Sets `value` if `expected` is there, and says whether it was. */
  compareAndSet(expected: bigint, value: bigint): boolean {
    if (this.#words[this.#at] !== this.#low || this.#words[this.#at + 1] !== this.#high) this.#fail()
    if (typeof expected !== 'bigint') this.#refuse(expected)
    if (typeof value !== 'bigint') this.#refuse(value)
    const before = BigInt.asIntN(64, expected)
    return Atomics.compareExchange(this.#longs, this.#value, before, value) === before
  }

  /** Adds 1. Loses increments when another thread or process writes the counter, too. */
  incrementWeak(): void {
    const at = this.#value
    if (at < 0) this.#fail()
    this.#longs[at]! += 1n
  }

  /** Without order among other reads. */
  getWeak(): bigint {
    const at = this.#value
    if (at < 0) this.#fail()
    return this.#longs[at]!
  }

  /** Without order among other writes. */
  setWeak(value: bigint): void {
    const at = this.#value
    if (at < 0) this.#fail()
    if (typeof value !== 'bigint') this.#refuse(value)
    this.#longs[at] = value
  }

  /** Whether it counts: neither it nor its writer is closed, here or elsewhere, and its file was neither cut nor replaced. Looks at the file: some µs. */
  get isOpen(): boolean {
    const isOwn = this.#words[this.#at] === this.#low && this.#words[this.#at + 1] === this.#high
    return isOwn && this.#file.reason() === undefined
  }

  /** Frees the slot for the next counter. A second call does nothing. */
  close(): void {
    if (this.#words.length === 0) return
    const { slot, wordAt, word } = this.#place
    Atomics.compareExchange(this.#longs, wordAt, word, word - ALLOCATED + FREED)
    this.detach()
    this.#file.freed(slot, this)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** @internal Lets the memory go and leaves the slot as it is: for a writer that closes. */
  detach(): void {
    this.#words = NO_WORDS
    this.#longs = NO_VALUES
    this.#value = CLOSED
  }

  /** For what programs that are not checked by types hand in: a text of digits would be taken for a number. */
  #refuse(value: unknown): never {
    const name = JSON.stringify(this.label)
    throw new TypeError(
      `cannot change counter ${name}: its value is no bigint, such as 5n, but ${typeof value}`,
    )
  }

  #fail(): never {
    const reason = this.#words.length > 0 ? this.#file.reason() : undefined
    const text = `cannot use counter ${JSON.stringify(this.label)}: `
    if (reason !== undefined) throw new MetricsError('unavailable', text + reason)
    throw new TypeError(`${text}it is closed`)
  }
}
