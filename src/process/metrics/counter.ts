/** Counters: numbers that only grow, until they begin anew. */
import type { FieldTypes, FieldValue, Given } from './fields.ts'
import { Metric, type MetricContext, type MetricOptions } from './metric.ts'
import { Stream, type Streams } from './stream.ts'

/** Options of a counter. */
export interface CounterOptions<Types extends FieldTypes> extends MetricOptions<Types> {
  /** Whether fractions are allowed. @default 'int' */
  readonly value?: 'int' | 'float'
}

/** One stream of a counter. */
export class CounterStream extends Stream {
  /** What was counted so far. */
  value = 0
  readonly #streams: Streams<CounterStream, FieldTypes>
  readonly #whole: boolean

  constructor(
    values: readonly FieldValue[] | null,
    streams: Streams<CounterStream, FieldTypes>,
    whole: boolean,
  ) {
    super(values)
    this.#streams = streams
    this.#whole = whole
  }

  /** @throws RangeError for less than 0, and for fractions where the counter is of whole numbers. */
  add(amount = 1): void {
    if (!this.live) {
      this.#streams.revive(this).add(amount)
      return
    }
    if (!allowed(amount, this.#whole)) throw wrongAmount(amount, this.#whole)
    this.value += amount
  }

  /** Takes over a total that is counted elsewhere. False, and nothing changes, if it is smaller. */
  set(total: number): boolean {
    if (!this.live) return this.#streams.revive(this).set(total)
    if (!allowed(total, this.#whole)) throw wrongAmount(total, this.#whole)
    if (total < this.value) return false
    this.value = total
    return true
  }

  override clear(): void {
    this.value = 0
  }
}

function allowed(amount: number, whole: boolean): boolean {
  return amount >= 0 && amount < Number.POSITIVE_INFINITY && !(whole && amount % 1 !== 0)
}

function wrongAmount(amount: number, whole: boolean): RangeError {
  return new RangeError(
    `cannot count ${amount}: allowed are ${whole ? 'whole numbers' : 'finite numbers'} from 0`,
  )
}

/** A counter. */
export class Counter<Types extends FieldTypes = FieldTypes> extends Metric<CounterStream, Types> {
  readonly cumulative = true
  readonly valueType: 'int' | 'float'

  constructor(name: string, options: CounterOptions<Types>, context: MetricContext) {
    const { value = 'int' } = options
    if (value !== 'int' && value !== 'float')
      throw new TypeError(`cannot make counter ${name}: its value is int or float, not ${value}`)
    super(
      name,
      options,
      context,
      (values, streams) => new CounterStream(values, streams as never, value === 'int'),
    )
    this.valueType = value
  }

  /** Adds to the stream of these fields. @throws RangeError or TypeError for a wrong amount or field. */
  add(amount: number, fields: Given<Types>): void {
    this.streams.of(fields).add(amount)
  }

  /** Takes over a total that is counted elsewhere; a smaller one than there is already is passed over and logged. */
  set(total: number, fields: Given<Types>): void {
    const stream = this.streams.of(fields)
    if (!stream.set(total))
      this.context.warn(this.name, `counter ${this.name} cannot go back from ${stream.value} to ${total}`)
  }

  /** What was counted; undefined before the first record. */
  get(fields: Given<Types>): number | undefined {
    return this.streams.find(fields)?.value
  }
}
