/** All streams of all metrics as one table: what is buffered, for people and for what ships it. */
import type { Bucketer } from './bucketer.ts'
import { Distribution } from './distribution.ts'
import type { FieldTypes, FieldValue } from './fields.ts'
import type { Metric, ValueType } from './metric.ts'
import type { Stream } from './stream.ts'
import type { Unit } from './units.ts'

/** A distribution as it is told. */
export interface DistributionValue {
  readonly count: number
  readonly sum: number
  /** Null while it is empty. */
  readonly mean: number | null
  /** How the buckets lie: of a fixed `width`, or (width 0) each bound `growth` times the one before, from `scale` on. */
  readonly buckets: Pick<Bucketer, 'width' | 'growth' | 'finite' | 'scale'>
  /** Counts from the bucket below all bounds on; ends with the highest bucket that holds any. */
  readonly counts: readonly number[]
}

/** One stream at one moment. */
export interface MetricRow {
  /** Whole name of the metric. */
  readonly name: string
  readonly description: string
  readonly unit: Unit | undefined
  readonly type: ValueType
  /** Whether it counts from `started` on; else it stands for its own moment. */
  readonly cumulative: boolean
  readonly fields: Readonly<Record<string, FieldValue>>
  /** True for the one stream of all that found no place of their own: its fields are empty. */
  readonly overflow: boolean
  /** Unix seconds at which it began. */
  readonly started: number
  readonly value: number | string | boolean | DistributionValue
}

/** A metric of any kind. */
export type AnyMetric = Metric<Stream & { readonly value: unknown }, FieldTypes>

/** Copies of all streams, sorted by metric, then by the texts of their fields; nothing recorded later shows in them. */
export function tableOf(metrics: Iterable<AnyMetric>): MetricRow[] {
  const table: MetricRow[] = []
  for (const metric of [...metrics].sort((a, b) => compare(a.name, b.name))) {
    const { name, description, unit, valueType: type, cumulative, fieldNames } = metric
    // A gauge that was only ever set to what it refuses has no value.
    const live = [...metric.live()].filter(({ value }) => value !== undefined)
    const rows = live.map((stream) => ({ stream, key: (stream.values ?? []).map(String) }))
    for (const { stream } of rows.sort((a, b) => compareAll(a.key, b.key))) {
      const fields = Object.fromEntries((stream.values ?? []).map((value, i) => [fieldNames[i]!, value]))
      table.push({
        name,
        description,
        unit,
        type,
        cumulative,
        fields,
        overflow: stream.values === null,
        started: stream.started,
        value: told(stream.value),
      })
    }
  }
  return table
}

function told(value: unknown): MetricRow['value'] {
  if (!(value instanceof Distribution)) return value as number | string | boolean
  const { width, growth, finite, scale } = value.bucketer
  const { count, sum, mean, counts } = value
  return { count, sum, mean, buckets: { width, growth, finite, scale }, counts: [...counts] }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function compareAll(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compare(a[i]!, b[i]!)
    if (order !== 0) return order
  }
  return a.length - b.length
}
