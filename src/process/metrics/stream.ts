/**
 * The streams of one metric, found by the values of its fields.
 *
 * Found by a map of maps, one level for each field: no key is joined, so a record by name allocates nothing. A kept
 * stream is a handle: where it is not live any more (its metric was reset, it was deleted, the registry is off) it asks for
 * its place again, so a handle stays right for ever.
 */
import { checkFields, type FieldsOf, type FieldTypes, type FieldValue, type Given } from './fields.ts'

/** One combination of field values. */
export abstract class Stream {
  /** Whether it is among the streams of its metric: only then its value is told. */
  live = false
  /** Unix seconds at which it began. */
  started = 0
  /** In the order of the metric's fields; null: all that found no place of their own. */
  readonly values: readonly FieldValue[] | null
  /** Another stream that has its place now. */
  forward: this | undefined

  constructor(values: readonly FieldValue[] | null) {
    this.values = values
  }

  /** Back to the beginning. */
  abstract clear(): void
}

/** What the streams of a metric need to know. */
export interface StreamsOptions<S extends Stream> {
  /** Name of the metric, for errors. */
  readonly metric: string
  readonly types: FieldTypes
  /** Streams at most; all others share one. */
  readonly maxStreams: number
  /** Whether anything is recorded. */
  readonly enabled: () => boolean
  /** Unix seconds, later at each call. */
  readonly now: () => number
  readonly make: (values: readonly FieldValue[] | null) => S
}

type Level<S> = Map<FieldValue, Level<S> | S>

/** The streams of one metric. */
export class Streams<S extends Stream, Types extends FieldTypes> {
  readonly names: readonly string[]
  readonly #options: StreamsOptions<S>
  readonly #live = new Set<S>()
  /** With fields a `Level`, without any the stream itself. */
  #root: Level<S> | S | undefined
  /** Takes what found no place. */
  #overflow: S | undefined
  /** Takes what is recorded while nothing is. */
  #sink: S | undefined
  #overflowed = 0

  constructor(options: StreamsOptions<S>) {
    this.#options = options
    this.names = Object.keys(options.types)
    this.#root = this.names.length > 0 ? new Map() : undefined
  }

  /** Records that found no place of their own, since all were dropped last. */
  get overflowed(): number {
    return this.#overflowed
  }

  resetOverflowed(): void {
    this.#overflowed = 0
  }

  /** All that are told, in the order in which they began, the overflow last. */
  *[Symbol.iterator](): Generator<S> {
    yield* this.#live
    if (this.#overflow?.live) yield this.#overflow
  }

  /** The live stream of these values: what to record to. @throws TypeError for wrong fields. */
  of(fields: Given<Types>): S {
    let at = this.#root as Level<S> | S | undefined
    const { names } = this
    let given = 0
    for (const _ in fields as object) given++
    if (given !== names.length) return this.#admit(this.#checked(fields))
    for (let i = 0; i < names.length; i++) {
      if (at === undefined) break
      at = (at as Level<S>).get((fields as Record<string, FieldValue>)[names[i]!]!)
    }
    return at === undefined ? this.#admit(this.#checked(fields)) : (at as S)
  }

  /** The handle of these values; it begins to be told with its first record. @throws TypeError for wrong fields. */
  handle(fields: Given<Types>): S {
    const values = this.#checked(fields)
    return this.#find(values) ?? this.#options.make(values)
  }

  /** The stream if it is live. */
  find(fields: Given<Types>): S | undefined {
    return this.#find(this.#checked(fields))
  }

  /** Where a stream that is not live has to record to: mostly itself, alive again. */
  revive(stream: S): S {
    if (stream.forward?.live) return stream.forward
    const found = this.#admit(stream.values ?? [], stream)
    stream.forward = found === stream || found.values === null ? undefined : found
    return found
  }

  /** Drops one. False if there was none. */
  delete(fields: Given<Types>): boolean {
    const values = this.#checked(fields)
    const stream = this.#find(values)
    if (stream === undefined) return false
    this.#live.delete(stream)
    this.#end(stream)
    if (this.names.length === 0) this.#root = undefined
    else prune(this.#root as Level<S>, values, 0)
    return true
  }

  /** Drops all. */
  clear(): void {
    for (const stream of this) this.#end(stream)
    this.#live.clear()
    this.#overflow = undefined
    this.#overflowed = 0
    this.#root = this.names.length > 0 ? new Map() : undefined
  }

  #checked(fields: Given<Types>): FieldValue[] {
    const { metric, types } = this.#options
    return checkFields(metric, types, fields as FieldsOf<Types> | undefined)
  }

  #end(stream: S): void {
    stream.live = false
    stream.clear()
  }

  #find(values: readonly FieldValue[]): S | undefined {
    let at = this.#root as Level<S> | S | undefined
    for (const value of values) at = (at as Level<S> | undefined)?.get(value)
    return at as S | undefined
  }

  #admit(values: readonly FieldValue[], handle?: S): S {
    const { enabled, make, maxStreams, now } = this.#options
    if (!enabled()) {
      this.#sink ??= begun(make(null), 0)
      return this.#sink
    }
    const known = this.#find(values)
    if (known !== undefined) return known
    if (this.#live.size >= maxStreams) {
      this.#overflowed++
      this.#overflow ??= begun(make(null), now())
      return this.#overflow
    }
    const stream = begun(handle ?? make(values), now())
    this.#live.add(stream)
    if (values.length === 0) this.#root = stream
    else levelOf(this.#root as Level<S>, values).set(values.at(-1)!, stream)
    return stream
  }
}

function begun<S extends Stream>(stream: S, now: number): S {
  stream.live = true
  stream.started = now
  return stream
}

/** The last level of these values, made with those before it where they are not there yet. */
function levelOf<S>(root: Level<S>, values: readonly FieldValue[]): Level<S> {
  let level = root
  for (const value of values.slice(0, -1)) {
    const next = (level.get(value) ?? new Map()) as Level<S>
    level.set(value, next)
    level = next
  }
  return level
}

/** Takes the path of these values out, and levels that are empty then. */
function prune<S>(level: Level<S>, values: readonly FieldValue[], depth: number): void {
  const value = values[depth]!
  const next = level.get(value)
  if (next instanceof Map && depth < values.length - 1) {
    prune(next, values, depth + 1)
    if (next.size > 0) return
  }
  level.delete(value)
}
