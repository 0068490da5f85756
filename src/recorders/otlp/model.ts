/**
 * What a message of OTLP says, before it becomes JSON or protobuf.
 * Source: OpenTelemetry protocol 1.x, `opentelemetry/proto/metrics/v1/metrics.proto`.
 */

/** Names and texts. */
export type Attributes = Readonly<Record<string, string>>

/** What the metrics are of: a service on a host. */
export interface Resource {
  /** Equal for equal attributes. */
  readonly key: string
  readonly attributes: Attributes
}

/** `sum` is cumulative and only grows; `histogram` is cumulative. */
export type MetricKind = 'gauge' | 'sum' | 'histogram'

/** A metric without its points. */
export interface Metric {
  /** Without `_total`: the kind says it. */
  readonly name: string
  readonly description: string
  /** By UCUM: `s`, `By`, `Cel`, `1`; empty for none. */
  readonly unit: string
  readonly kind: MetricKind
}

/** A moment, once for all points that share it: nanoseconds since 1970 are beyond what a number holds exactly. */
export interface Moment {
  /** Unix ms, whole. */
  readonly ms: number
  /** Lower and upper 32 bits of the nanoseconds. */
  readonly low: number
  readonly high: number
}

const NANOS_PER_MS = 1_000_000n

/** The moment of these Unix ms. */
export function momentOf(unixMs: number): Moment {
  const ms = Math.round(unixMs)
  const nanos = BigInt(ms) * NANOS_PER_MS
  return { ms, low: Number(BigInt.asUintN(32, nanos)), high: Number(BigInt.asUintN(32, nanos >> 32n)) }
}

interface PointBase {
  readonly attributes: Attributes
  /** Since when a sum or histogram counts; undefined for a gauge. */
  readonly start: Moment | undefined
  readonly at: Moment
}

/** A point of a gauge or sum. */
export interface NumberPoint extends PointBase {
  readonly value: number | bigint
}

/** A point of a histogram. */
export interface HistogramPoint extends PointBase {
  readonly count: number
  readonly sum: number | undefined
  /** Upper bounds, ascending, without infinity. */
  readonly bounds: readonly number[]
  /** Of each bucket alone, one more than there are bounds. */
  readonly counts: readonly number[]
}

/** One point, and where it belongs. */
export interface Item {
  readonly resource: Resource
  readonly metric: Metric
  readonly point: NumberPoint | HistogramPoint
}

/** A message: resources, their metrics, their points in order. */
export interface MetricsMessage {
  readonly scope: { readonly name: string; readonly version: string }
  readonly resources: readonly {
    readonly attributes: Attributes
    readonly metrics: readonly (Metric & { readonly points: readonly (NumberPoint | HistogramPoint)[] })[]
  }[]
}

/** Puts items together: each resource once, each metric once in it. */
export function messageOf(items: Iterable<Item>, version: string): MetricsMessage {
  type Group = { attributes: Attributes; metrics: Map<string, Metric & { points: Item['point'][] }> }
  const resources = new Map<string, Group>()
  let last: { resource: Resource; metric: Metric; points: Item['point'][] } | undefined
  for (const { resource, metric, point } of items) {
    // Points of one metric mostly follow each other.
    if (last === undefined || last.metric !== metric || last.resource !== resource) {
      const group = resources.get(resource.key) ?? { attributes: resource.attributes, metrics: new Map() }
      resources.set(resource.key, group)
      const key = `${metric.kind} ${metric.name}`
      const known = group.metrics.get(key) ?? { ...metric, points: [] }
      group.metrics.set(key, known)
      last = { resource, metric, points: known.points }
    }
    last.points.push(point)
  }
  return {
    scope: { name: 'treering', version },
    resources: [...resources.values()].map(({ attributes, metrics }) => ({
      attributes,
      metrics: [...metrics.values()],
    })),
  }
}
