/** What all kinds of metrics have in common. */
import { checkFieldTypes, type FieldTypes, type FieldValue, type Given } from './fields.ts'
import { type Stream, Streams } from './stream.ts'
import { baseOf, type Unit } from './units.ts'

/** How a metric may be described. */
export interface MetricOptions<Types extends FieldTypes> {
  /** One sentence for people. @default the name */
  readonly description?: string
  /** What tells its streams apart. @default none */
  readonly fields?: Types
  /** @default none */
  readonly unit?: Unit
  /** Combinations of field values at most; what is over shares one stream and is counted. @default 1000 */
  readonly maxStreams?: number
  /** Name of its Prometheus family. @default its name with _ for / and -, and its base unit behind */
  readonly family?: string
  /** Whether Prometheus is told of it when it asks. What is flushed has it all the same. @default true */
  readonly scraped?: boolean
}

/** What a registry gives to its metrics. */
export interface MetricContext {
  readonly enabled: () => boolean
  readonly now: () => number
  /** Says, once of each metric, what was recorded wrongly but harms nobody. */
  readonly warn: (about: string, reason: string) => void
}

/** Type of a metric's values. */
export type ValueType = 'int' | 'float' | 'string' | 'bool' | 'distribution'

const DEFAULT_MAX_STREAMS = 1000
const MOST_STREAMS = 1_000_000

/** A metric and its streams. */
export abstract class Metric<S extends Stream, Types extends FieldTypes> {
  readonly name: string
  readonly description: string
  readonly unit: Unit | undefined
  readonly fieldNames: readonly string[]
  readonly family: string | undefined
  /** Whether Prometheus is told of it when it asks. */
  readonly scraped: boolean
  /** Whether its values count from a beginning; else each stands for its own moment. */
  abstract readonly cumulative: boolean
  abstract readonly valueType: ValueType
  protected readonly streams: Streams<S, Types>
  protected readonly context: MetricContext

  /**
   * @param make Begins a stream.
   * @param reserved Fields that it may not have.
   * @throws TypeError or RangeError for fields, a unit or a limit that are not allowed.
   */
  constructor(
    name: string,
    options: MetricOptions<Types>,
    context: MetricContext,
    make: (values: readonly FieldValue[] | null, streams: Streams<S, Types>) => S,
    reserved: readonly string[] = [],
  ) {
    const { maxStreams = DEFAULT_MAX_STREAMS, fields = {} as Types, unit } = options
    checkFieldTypes(name, fields, reserved)
    baseOf(unit)
    if (!(Number.isInteger(maxStreams) && maxStreams > 0 && maxStreams <= MOST_STREAMS))
      throw new RangeError(
        `cannot make metric ${name}: maxStreams is ${maxStreams}, allowed are 1 to ${MOST_STREAMS}`,
      )
    this.name = name
    this.description = options.description ?? name
    this.unit = unit
    this.family = options.family
    this.scraped = options.scraped ?? true
    this.context = context
    this.fieldNames = Object.keys(fields)
    this.streams = new Streams<S, Types>({
      metric: name,
      types: fields,
      maxStreams,
      enabled: context.enabled,
      now: context.now,
      make: (values) => make(values, this.streams),
    })
  }

  /** A handle of these fields, for code that records often. It holds for ever, also when the metric was reset meanwhile. */
  with(fields: Given<Types>): S {
    return this.streams.handle(fields)
  }

  /** Drops one combination of fields. False if it was not there. */
  delete(fields: Given<Types>): boolean {
    return this.streams.delete(fields)
  }

  /** Drops all: what is recorded next begins anew. */
  reset(): void {
    this.streams.clear()
  }

  /** Records that found no stream of their own, since all were dropped last. */
  get overflowed(): number {
    return this.streams.overflowed
  }

  /** Counts those anew. */
  resetOverflowed(): void {
    this.streams.resetOverflowed()
  }

  /** Streams that are told. */
  live(): Iterable<S> {
    return this.streams
  }
}
