/**
 * Count, sum, least and greatest of many named numbers.
 *
 * A ring's slot holds some dozens of numbers, and there are hundreds of slots of which five are folded into each
 * second; but the names hardly ever change. So the names are kept once, as columns that all slots share, and the
 * numbers of a slot in one flat array.
 */
import type { Stat } from './stat.ts'

/** Numbers of a column: count, sum, least, greatest. */
const WIDTH = 4

/** Names of numbers: the i-th is `keys[i]` of `aggregates[i]`. */
export class Columns {
  readonly aggregates: readonly string[]
  readonly keys: readonly string[]
  readonly #places = new Map<string, number[]>()

  constructor(aggregates: readonly string[], keys: readonly string[]) {
    this.aggregates = aggregates
    this.keys = keys
  }

  /** Where the columns of an aggregate are. */
  placesOf(aggregate: string): readonly number[] {
    let places = this.#places.get(aggregate)
    if (places === undefined) {
      places = this.aggregates.flatMap((name, place) => (name === aggregate ? [place] : []))
      this.#places.set(aggregate, places)
    }
    return places
  }
}

/** Makes columns, and the same ones again as long as the names are the same. */
export class ColumnBuilder {
  #known = new Columns([], [])
  #aggregates: string[] | undefined
  #keys: string[] = []
  #at = 0

  /** The next column. */
  put(aggregate: string, key: string): void {
    const at = this.#at++
    if (this.#aggregates === undefined) {
      if (this.#known.keys[at] === key && this.#known.aggregates[at] === aggregate) return
      this.#depart(at)
    }
    this.#aggregates!.push(aggregate)
    this.#keys.push(key)
  }

  /** All columns since the last call. */
  finish(): Columns {
    if (this.#aggregates === undefined && this.#at < this.#known.keys.length) this.#depart(this.#at)
    if (this.#aggregates !== undefined) this.#known = new Columns(this.#aggregates, this.#keys)
    this.#aggregates = undefined
    this.#at = 0
    return this.#known
  }

  #depart(at: number): void {
    this.#aggregates = this.#known.aggregates.slice(0, at)
    this.#keys = this.#known.keys.slice(0, at)
  }
}

/** The statistics of one slot. */
export class Statistics {
  #columns: Columns
  #numbers: Float64Array
  readonly #maxColumns: number
  /** Columns of other samples, and the places of theirs among these. */
  #others: Columns | undefined
  #places: number[] = []
  #othersPassedOver = 0
  #passedOver = 0

  /** @param maxColumns Columns that come later and would be more than these are passed over. */
  constructor(columns: Columns, maxColumns = Number.POSITIVE_INFINITY) {
    this.#columns = columns
    this.#maxColumns = maxColumns
    this.#numbers = empty(columns.keys.length)
  }

  /** The columns so far. */
  get columns(): Columns {
    return this.#columns
  }

  /** Adds one value for each of these columns; NaN is none. */
  fold(columns: Columns, values: readonly number[]): void {
    const own = columns === this.#columns
    if (!own && columns !== this.#others) this.#takeUp(columns)
    this.#passedOver = own ? 0 : this.#othersPassedOver
    const numbers = this.#numbers
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      if (Number.isNaN(value)) continue
      const at = (own ? i : this.#places[i]!) * WIDTH
      if (at < 0) continue
      numbers[at]! += 1
      numbers[at + 1]! += value
      if (value < numbers[at + 2]!) numbers[at + 2] = value
      if (value > numbers[at + 3]!) numbers[at + 3] = value
    }
  }

  /** Takes statistics for those of a column that is among these. */
  set(place: number, stat: Stat): void {
    this.#numbers.set(stat, place * WIDTH)
  }

  /** Columns of the last sample that were passed over: there were `maxColumns`. */
  get passedOver(): number {
    return this.#passedOver
  }

  /** Keys and statistics of an aggregate; keys without a value are left out. */
  of(aggregate: string): [key: string, stat: Stat][] {
    const found: [string, Stat][] = []
    for (const place of this.#columns.placesOf(aggregate)) {
      const stat = this.at(place)
      if (stat !== undefined) found.push([this.#columns.keys[place]!, stat])
    }
    return found
  }

  /** As JSON: per aggregate, per key. Written out: a save encodes some hundred slots of some dozens of columns. */
  encode(): Record<string, Record<string, Stat>> {
    const { aggregates, keys } = this.#columns
    // Without a prototype, so that no name means anything else.
    const json: Record<string, Record<string, Stat>> = Object.create(null)
    for (let place = 0; place < keys.length; place++) {
      const stat = this.at(place)
      if (stat === undefined) continue
      const aggregate = aggregates[place]!
      json[aggregate] ??= Object.create(null) as Record<string, Stat>
      json[aggregate][keys[place]!] = stat
    }
    return json
  }

  /** The statistics of the column at this place; undefined when it has no value. */
  at(place: number): Stat | undefined {
    const at = place * WIDTH
    const numbers = this.#numbers
    const count = numbers[at]!
    return count === 0 ? undefined : [count, numbers[at + 1]!, numbers[at + 2]!, numbers[at + 3]!]
  }

  /** Finds the places of other columns, and makes room for those that are new. */
  #takeUp(columns: Columns): void {
    const places = new Map<string, number>()
    const { aggregates, keys } = this.#columns
    for (let i = 0; i < keys.length; i++) places.set(nameOf(this.#columns, i), i)
    const known = keys.length
    this.#places = columns.keys.map((_, i) => {
      const name = nameOf(columns, i)
      const place = places.get(name) ?? (places.size < this.#maxColumns ? places.size : -1)
      if (place >= 0) places.set(name, place)
      return place
    })
    this.#others = columns
    this.#othersPassedOver = this.#places.filter((place) => place < 0).length
    if (places.size === known) return
    const fresh = columns.keys.flatMap((_, i) => (this.#places[i]! >= known ? [i] : []))
    this.#columns = new Columns(
      [...aggregates, ...fresh.map((i) => columns.aggregates[i]!)],
      [...keys, ...fresh.map((i) => columns.keys[i]!)],
    )
    const wider = empty(places.size)
    wider.set(this.#numbers)
    this.#numbers = wider
  }
}

function nameOf({ aggregates, keys }: Columns, place: number): string {
  return `${aggregates[place]} ${keys[place]}`
}

function empty(columns: number): Float64Array {
  const numbers = new Float64Array(columns * WIDTH)
  for (let at = 0; at < numbers.length; at += WIDTH) {
    numbers[at + 2] = Number.POSITIVE_INFINITY
    numbers[at + 3] = Number.NEGATIVE_INFINITY
  }
  return numbers
}
