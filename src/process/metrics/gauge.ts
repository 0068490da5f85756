/** Gauges: values that stand for their own moment. */
import type { FieldTypes, FieldValue, Given } from './fields.ts'
import { Metric, type MetricContext, type MetricOptions } from './metric.ts'
import { Stream, type Streams } from './stream.ts'

/** What a gauge may hold, by the word that says so. */
export interface GaugeValues {
  int: number
  float: number
  string: string
  bool: boolean
}

/** Options of a gauge. */
export interface GaugeOptions<Types extends FieldTypes, Type extends keyof GaugeValues>
  extends MetricOptions<Types> {
  /** @default 'int' */
  readonly value?: Type
}

/** Characters of a text; what is over is cut. */
const MAX_TEXT = 1024

/** One stream of a gauge. */
export class GaugeStream<Value extends string | number | boolean> extends Stream {
  /** Undefined before the first record. */
  value: Value | undefined
  readonly #streams: Streams<GaugeStream<Value>, FieldTypes>
  readonly #check: (value: Value) => Value

  constructor(
    values: readonly FieldValue[] | null,
    streams: Streams<GaugeStream<Value>, FieldTypes>,
    check: (value: Value) => Value,
  ) {
    super(values)
    this.#streams = streams
    this.#check = check
  }

  /** @throws TypeError for a value of another type. */
  set(value: Value): void {
    const checked = this.#check(value)
    if (this.live) this.value = checked
    else this.#streams.revive(this).set(checked)
  }

  override clear(): void {
    this.value = undefined
  }
}

/** A gauge. */
export class Gauge<
  Types extends FieldTypes = FieldTypes,
  Type extends keyof GaugeValues = keyof GaugeValues,
> extends Metric<GaugeStream<GaugeValues[Type]>, Types> {
  readonly cumulative = false
  readonly valueType: Type

  constructor(name: string, options: GaugeOptions<Types, Type>, context: MetricContext) {
    const type = (options.value ?? 'int') as Type
    if (!Object.hasOwn(CHECKS, type))
      throw new TypeError(
        `cannot make gauge ${name}: its value is ${Object.keys(CHECKS).join(', ')}, not ${type}`,
      )
    if (options.unit !== undefined && (type === 'string' || type === 'bool'))
      throw new TypeError(`cannot make gauge ${name}: a ${type} has no unit`)
    const check = (value: GaugeValues[Type]) => CHECKS[type](value, name) as GaugeValues[Type]
    const reserved = type === 'string' ? ['value'] : []
    super(
      name,
      options,
      context,
      (values, streams) => new GaugeStream(values, streams as never, check),
      reserved,
    )
    this.valueType = type
  }

  /** Sets the stream of these fields. @throws TypeError for a wrong value or field. */
  set(value: GaugeValues[Type], fields: Given<Types>): void {
    this.streams.of(fields).set(value)
  }

  /** Undefined before the first record. */
  get(fields: Given<Types>): GaugeValues[Type] | undefined {
    return this.streams.find(fields)?.value
  }
}

const CHECKS: { readonly [T in keyof GaugeValues]: (value: unknown, name: string) => GaugeValues[T] } = {
  int: (value, name) => {
    if (!Number.isSafeInteger(value)) throw wrongValue(name, 'a whole number', value)
    return value as number
  },
  float: (value, name) => {
    if (!Number.isFinite(value)) throw wrongValue(name, 'a finite number', value)
    return value as number
  },
  string: (value, name) => {
    if (typeof value !== 'string') throw wrongValue(name, 'a text', value)
    return value.slice(0, MAX_TEXT)
  },
  bool: (value, name) => {
    if (typeof value !== 'boolean') throw wrongValue(name, 'true or false', value)
    return value
  },
}

function wrongValue(name: string, allowed: string, value: unknown): TypeError {
  return new TypeError(`cannot set gauge ${name} to ${String(value).slice(0, 40)}: allowed is ${allowed}`)
}
