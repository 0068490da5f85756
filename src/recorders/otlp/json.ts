/** A message of OTLP as JSON. Source: OTLP 1.x, "JSON Protobuf Encoding": 64-bit integers are texts, enums numbers. */
import type { Attributes, HistogramPoint, MetricsMessage, Moment, NumberPoint } from './model.ts'

/** Source: `AggregationTemporality` of metrics.proto. */
export const CUMULATIVE = 2

/** The message as JSON text. */
export function encodeJson({ scope, resources }: MetricsMessage): Uint8Array {
  const request = {
    resourceMetrics: resources.map(({ attributes, metrics }) => ({
      resource: keyValuesOf(attributes),
      scopeMetrics: [
        {
          scope,
          metrics: metrics.map(({ name, description, unit, kind, points }) => {
            const about = {
              name,
              ...(description === '' ? {} : { description }),
              ...(unit === '' ? {} : { unit }),
            }
            if (kind === 'gauge') return { ...about, gauge: { dataPoints: points.map(pointJson) } }
            const data = { aggregationTemporality: CUMULATIVE, dataPoints: points.map(pointJson) }
            return kind === 'sum'
              ? { ...about, sum: { ...data, isMonotonic: true } }
              : { ...about, histogram: data }
          }),
        },
      ],
    })),
  }
  return new TextEncoder().encode(JSON.stringify(request))
}

function pointJson(point: NumberPoint | HistogramPoint): object {
  const { attributes, start, at } = point
  const about = {
    ...keyValuesOf(attributes),
    ...(start === undefined ? {} : { startTimeUnixNano: nanos(start) }),
    timeUnixNano: nanos(at),
  }
  if ('value' in point) return { ...about, ...numberJson(point.value) }
  const { count, sum, bounds, counts } = point
  return {
    ...about,
    count: String(count),
    ...(sum === undefined ? {} : { sum: doubleJson(sum) }),
    bucketCounts: counts.map(String),
    explicitBounds: bounds,
  }
}

/** Whether an integer fits a signed 64-bit one. */
export function fitsInt64(value: number | bigint): value is bigint {
  return typeof value === 'bigint' && BigInt.asIntN(64, value) === value
}

function numberJson(value: number | bigint): object {
  return fitsInt64(value) ? { asInt: String(value) } : { asDouble: doubleJson(Number(value)) }
}

/** JSON has no word for what is not finite; Protobuf's has. */
function doubleJson(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

function nanos({ ms }: Moment): string {
  return `${ms}000000`
}

function keyValuesOf(attributes: Attributes): { attributes?: object[] } {
  const entries = Object.entries(attributes)
  if (entries.length === 0) return {}
  return { attributes: entries.map(([key, value]) => ({ key, value: { stringValue: value } })) }
}
