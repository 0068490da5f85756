/** The kinds of variables of Go's expvar. Each writes itself as Go's does. */
import { addInt64, type Int64, int64Of, MetricsError } from '../utils/index.ts'
import { goFloat, goJson, goQuote } from './gojson.ts'

/** Keys of one map, and variables of one registry. */
export const MAX_KEYS = 10_000

/** Anything that can be published. */
export interface Variable {
  /** Its value now, as JSON. */
  json(): string
}

/** A whole number, exact in 64 bits. Beyond them it wraps around, as in Go. */
export class IntVar implements Variable {
  #value: Int64

  constructor(value: Int64 = 0) {
    this.#value = wrapped(value)
  }

  get value(): bigint {
    return BigInt(this.#value)
  }

  /** Throws `RangeError` for a fraction. */
  add(delta: Int64 = 1): void {
    this.#value = wrapped(addInt64(this.#value, delta))
  }

  /** Throws `RangeError` for a fraction. */
  set(value: Int64): void {
    this.#value = wrapped(value)
  }

  json(): string {
    return this.#value.toString()
  }
}

function wrapped(value: Int64): Int64 {
  return Number.isSafeInteger(value) ? value : int64Of(BigInt.asIntN(64, BigInt(value)))
}

/** A number with a fraction. */
export class FloatVar implements Variable {
  value: number

  constructor(value = 0) {
    this.value = value
  }

  add(delta: number): void {
    this.value += delta
  }

  set(value: number): void {
    this.value = value
  }

  /** What is not finite is `null`. */
  json(): string {
    return goFloat(this.value)
  }
}

/** A text. */
export class StringVar implements Variable {
  value: string

  constructor(value = '') {
    this.value = value
  }

  set(value: string): void {
    this.value = value
  }

  json(): string {
    return goQuote(this.value)
  }
}

/** What a function returns at each request. */
export class FuncVar implements Variable {
  readonly #value: () => unknown
  readonly #failed: (error: unknown) => void
  #failing = false

  /**
   * @param value Returns anything that JSON has; a `bigint` is its digits.
   * @param failed Told when `value` throws, once until it succeeds again. The variable is `null` then.
   */
  constructor(value: () => unknown, failed: (error: unknown) => void = () => {}) {
    this.#value = value
    this.#failed = failed
  }

  /** Differs from Go: a function that throws does not spoil the whole answer. */
  json(): string {
    try {
      const json = goJson(this.#value())
      this.#failing = false
      return json
    } catch (error) {
      if (!this.#failing) this.#failed(error)
      this.#failing = true
      return 'null'
    }
  }
}

/** Variables by key; may hold maps. Written in the order of their keys' bytes. */
export class MapVar implements Variable, Iterable<[key: string, variable: Variable]> {
  readonly #variables = new Map<string, Variable>()
  #sorted: [string, Variable][] | undefined

  get(key: string): Variable | undefined {
    return this.#variables.get(key)
  }

  /** @throws MetricsError `full` for a new key when there are `MAX_KEYS`. */
  set(key: string, variable: Variable): this {
    if (!this.#variables.has(key) && this.#variables.size >= MAX_KEYS)
      throw new MetricsError('full', `cannot add key ${JSON.stringify(key)}: the map has ${MAX_KEYS} keys`)
    this.#variables.set(key, variable)
    this.#sorted = undefined
    return this
  }

  /** Adds to the `IntVar` of this key, which is made when there is none. Differs from Go: adding to another kind throws `TypeError`. */
  add(key: string, delta: Int64 = 1): void {
    this.#numberOf(key, IntVar).add(delta)
  }

  /** Adds to the `FloatVar` of this key, as `add` does to an `IntVar`. */
  addFloat(key: string, delta: number): void {
    this.#numberOf(key, FloatVar).add(delta)
  }

  delete(key: string): void {
    if (this.#variables.delete(key)) this.#sorted = undefined
  }

  /** Removes all keys. */
  clear(): void {
    this.#variables.clear()
    this.#sorted = undefined
  }

  /** Sorted by the bytes of the keys. */
  [Symbol.iterator](): IterableIterator<[key: string, variable: Variable]> {
    this.#sorted ??= [...this.#variables].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    return this.#sorted.values()
  }

  json(): string {
    return `{${[...this].map(memberOf).join(', ')}}`
  }

  #numberOf<T extends Variable>(key: string, Kind: new () => T): T {
    const known = this.#variables.get(key)
    if (known instanceof Kind) return known
    if (known !== undefined)
      throw new TypeError(`cannot add to key ${JSON.stringify(key)}: it is a ${known.constructor.name}`)
    const made = new Kind()
    this.set(key, made)
    return made
  }
}

/** `"key": value`, as in a map and in an answer. */
export function memberOf([key, variable]: [key: string, variable: Variable]): string {
  return `${goQuote(key)}: ${variable.json()}`
}
