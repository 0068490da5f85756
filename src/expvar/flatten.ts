/**
 * A `/debug/vars` document as flat fields: nested keys joined by dots, by kind.
 *
 * Source: expvastic's table. Kept are numbers, texts and lists that begin with a number; left out are truths, null and other
 * lists, such as `cmdline` and `BySize`.
 */
import type { Fields } from '../period/index.ts'
import { int64Of } from '../utils/index.ts'
import type { ByteMap } from './bytes.ts'
import type { ExactJson } from './exact.ts'
import { MAX_DEPTH, type Place, Places } from './places.ts'

const NS_PER_MICROSECOND = 1000

/** A number as it was told: a whole one beyond 2^53 as bigint. */
export type ExactNumber = number | bigint

/** The fields of a document. */
export interface Flat {
  readonly values: Record<string, ExactNumber>
  readonly texts: Record<string, string>
  /** Of pauses, without the places of their ring that hold none. */
  readonly lists: Record<string, ExactNumber[]>
}

/** What a walk through a document carries. */
interface Walk extends Flat {
  readonly integer: ExactJson['integer']
  /** Fields that may still come. */
  room: number
  leftOut: number
}

/** Flattens the documents of one source, and makes of them what recorders ship. */
export class Flattener {
  readonly #places: Places
  readonly #maxKeys: number
  #leftOut = 0

  /** @param maxKeys Fields of a document; further ones are left out. */
  constructor(bytes: ByteMap, maxKeys: number) {
    this.#places = new Places(bytes)
    this.#maxKeys = maxKeys
  }

  /** Fields of the newest document that were left out because it has too many, or their keys are too long or too deep. */
  get leftOut(): number {
    return this.#leftOut
  }

  /** The fields of an object. Of a key that comes twice, nested and with a dot, the later one is kept. */
  flatten({ value, integer }: ExactJson): Flat {
    const walk: Walk = { values: {}, texts: {}, lists: {}, integer, room: this.#maxKeys, leftOut: 0 }
    this.#walk(walk, value as Record<string, unknown>, undefined)
    this.#leftOut = walk.leftOut
    return { values: walk.values, texts: walk.texts, lists: walk.lists }
  }

  /**
   * The document that recorders ship: bytes in their unit, pauses in whole microseconds. Under the name of a number of
   * bytes nothing else is shipped, as in expvastic; it has history all the same.
   */
  fields({ values, texts, lists }: Flat): Fields {
    const fields: Record<string, Fields[string]> = {}
    for (const key of Object.keys(values)) {
      const divisor = this.#places.get(key)?.divisor ?? 1
      const value = values[key]!
      if (divisor !== 0) put(fields, key, divisor === 1 ? value : Number(value) / divisor)
    }
    for (const key of Object.keys(texts))
      if (this.#places.get(key)?.ships !== false) put(fields, key, texts[key]!)
    for (const key of Object.keys(lists)) {
      const place = this.#places.get(key)
      const list = lists[key]!
      if (place?.ships !== false) put(fields, key, place?.pauses ? list.map(toMicroseconds) : list)
    }
    return fields
  }

  #walk(walk: Walk, object: Record<string, unknown>, above: Place | undefined): void {
    const places = above?.places ?? this.#places.root
    for (const leaf in object) {
      const item = object[leaf]
      const place = places.get(leaf) ?? this.#places.add(above, leaf)
      const number = numberOf(item, walk)
      if (number !== undefined) {
        if (admits(walk, place)) put(walk.values, place.key, number)
      } else if (typeof item === 'string') {
        if (admits(walk, place)) put(walk.texts, place.key, item)
      } else if (Array.isArray(item)) {
        const list = listOf(item, place, walk)
        if (list !== undefined && admits(walk, place)) put(walk.lists, place.key, list)
      } else if (typeof item === 'object' && item !== null) {
        if (place.depth < MAX_DEPTH) this.#walk(walk, item as Record<string, unknown>, place)
        else walk.leftOut++
      }
    }
  }
}

function admits(walk: Walk, { lawful }: Place): boolean {
  if (walk.room > 0 && lawful) {
    walk.room--
    return true
  }
  walk.leftOut++
  return false
}

function numberOf(item: unknown, { integer }: Walk): ExactNumber | undefined {
  if (typeof item === 'number') return Number.isFinite(item) ? item : undefined
  return typeof item === 'string' ? integer(item) : undefined
}

/** Undefined for a list that does not begin with a number. What is no number within it becomes 0, as in expvastic. */
function listOf(items: readonly unknown[], { pauses }: Place, walk: Walk): ExactNumber[] | undefined {
  if (items.length === 0) return []
  if (numberOf(items[0], walk) === undefined) return undefined
  const list: ExactNumber[] = []
  for (const item of items) {
    const number = numberOf(item, walk) ?? 0
    if (!pauses || number >= 1) list.push(number)
  }
  return list
}

/** As an assignment, for any key. */
function put<T>(into: Record<string, T>, key: string, value: T): void {
  if (key !== '__proto__') into[key] = value
  else Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true })
}

/** Rounded down, and exact: a quotient of doubles may be rounded up to the next whole number. */
function toMicroseconds(ns: ExactNumber): ExactNumber {
  if (typeof ns === 'bigint') return int64Of(ns / BigInt(NS_PER_MICROSECOND))
  const whole = Math.trunc(ns)
  return (whole - (whole % NS_PER_MICROSECOND)) / NS_PER_MICROSECOND
}
