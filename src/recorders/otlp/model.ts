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

interface PointBase {
  readonly attributes: Attributes
  /** Unix ms since which a sum or histogram counts; undefined for a gauge. */
  readonly startMs: number | undefined
  /** Unix ms. */
  readonly atMs: number
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
  for (const { resource, metric, point } of items) {
    let group = resources.get(resource.key)
    if (group === undefined) {
      group = { attributes: resource.attributes, metrics: new Map() }
      resources.set(resource.key, group)
    }
    const key = `${metric.kind} ${metric.name}`
    const known = group.metrics.get(key)
    if (known === undefined) group.metrics.set(key, { ...metric, points: [point] })
    else known.points.push(point)
  }
  return {
    scope: { name: 'treering', version },
    resources: [...resources.values()].map(({ attributes, metrics }) => ({
      attributes,
      metrics: [...metrics.values()],
    })),
  }
}
