/** Metrics whose values are distributions: cumulative ones that are added to, and gauges that are set as a whole. */
import { type Bucketer, defaultBucketer } from './bucketer.ts'
import { Distribution } from './distribution.ts'
import type { FieldTypes, FieldValue, Given } from './fields.ts'
import { Metric, type MetricContext, type MetricOptions } from './metric.ts'
import { Stream, type Streams } from './stream.ts'

/** Options of a distribution. */
export interface DistributionOptions<Types extends FieldTypes> extends MetricOptions<Types> {
  /** @default defaultBucketer() */
  readonly bucketer?: Bucketer
  /**
   * Upper bounds told to Prometheus, in the metric's unit, each moved to the nearest bound of a bucket: a hundred lines a
   * stream are more than a scraper wants. @default at most 21, spread over what the unit suggests
   */
  readonly bounds?: readonly number[]
}

/** One stream of a distribution. */
export class DistributionStream extends Stream {
  value: Distribution
  readonly #streams: Streams<DistributionStream, FieldTypes>

  constructor(
    values: readonly FieldValue[] | null,
    streams: Streams<DistributionStream, FieldTypes>,
    bucketer: Bucketer,
  ) {
    super(values)
    this.#streams = streams
    this.value = new Distribution(bucketer)
  }

  /** @throws RangeError for what is not finite. */
  add(value: number): void {
    if (this.live) this.value.add(value)
    else this.#streams.revive(this).add(value)
  }

  /** Takes a copy of a distribution for its own. @throws TypeError for other buckets. */
  set(value: Distribution): void {
    if (!this.live) {
      this.#streams.revive(this).set(value)
      return
    }
    if (!value.bucketer.equals(this.value.bucketer))
      throw new TypeError('cannot set a distribution: its buckets are not those of the metric')
    this.value = value.clone()
  }

  override clear(): void {
    this.value.clear()
  }
}

abstract class Distributions<Types extends FieldTypes> extends Metric<DistributionStream, Types> {
  readonly valueType = 'distribution'
  readonly bucketer: Bucketer
  readonly bounds: readonly number[] | undefined

  constructor(name: string, options: DistributionOptions<Types>, context: MetricContext) {
    const { bucketer = defaultBucketer() } = options
    super(
      name,
      options,
      context,
      (values, streams) => new DistributionStream(values, streams as never, bucketer),
      ['le'],
    )
    this.bucketer = bucketer
    this.bounds = options.bounds
  }

  /** A copy; undefined before the first record. */
  get(fields: Given<Types>): Distribution | undefined {
    return this.streams.find(fields)?.value.clone()
  }
}

/** A distribution of all values since the beginning. */
export class CumulativeDistribution<Types extends FieldTypes = FieldTypes> extends Distributions<Types> {
  readonly cumulative = true

  /** Adds a value to the stream of these fields. @throws RangeError or TypeError for a wrong value or field. */
  add(value: number, fields: Given<Types>): void {
    this.streams.of(fields).add(value)
  }
}

/** A distribution of one moment, such as the sizes of all queues now. */
export class DistributionGauge<Types extends FieldTypes = FieldTypes> extends Distributions<Types> {
  readonly cumulative = false

  /** Sets the stream of these fields to a copy of this. @throws TypeError for other buckets or a wrong field. */
  set(value: Distribution, fields: Given<Types>): void {
    this.streams.of(fields).set(value)
  }
}
