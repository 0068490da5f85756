/** Families as points of OpenTelemetry. */
import type { Family } from '../../prometheus/index.ts'
import type { Shipment } from '../recorder.ts'
import { histogramsOf } from './histogram.ts'
import type { Attributes, Item, Metric, MetricKind } from './model.ts'
import type { Resources } from './resource.ts'
import type { StartTimes } from './starts.ts'

/** End of a name → unit by UCUM. Source: Prometheus, "Base units"; OpenTelemetry, "Instrument units". */
const UNITS: readonly (readonly [ending: string, unit: string])[] = [
  ['_seconds', 's'],
  ['_bytes', 'By'],
  ['_celsius', 'Cel'],
  ['_ratio', '1'],
]
const KINDS: Readonly<Record<Family['type'], MetricKind>> = {
  counter: 'sum',
  gauge: 'gauge',
  histogram: 'histogram',
  info: 'gauge',
  unknown: 'gauge',
}

/** Bytes of a point, and of an attribute, beside what they say, at most: in JSON. */
const POINT_BYTES = 200
const ATTRIBUTE_BYTES = 48
/** Bytes of a letter at most: in JSON, escaped. */
const LETTER_BYTES = 6
/** Bytes of a bucket and its bound at most. */
const BUCKET_BYTES = 40

/** Points of one sample. */
export function itemsOf(shipment: Shipment, resources: Resources, starts: StartTimes): Item[] {
  const items: Item[] = []
  const { source, typeName, at } = shipment
  for (const family of shipment.families) {
    const metric = metricOf(family)
    const add = (labels: Attributes | undefined, counted: number | bigint, point: object) => {
      const { resource, own } = resources.of(typeName, labels)
      const startMs =
        metric.kind === 'gauge' ? undefined : starts.of(streamKey(source, metric, labels), at, counted)
      items.push({
        resource,
        metric,
        point: { attributes: own, startMs, atMs: at, ...point } as Item['point'],
      })
    }
    if (metric.kind === 'histogram') {
      for (const { labels, ...numbers } of histogramsOf(family.points)) add(labels, numbers.count, numbers)
    } else {
      for (const { labels, value } of family.points) add(labels, value, { value })
    }
  }
  return items
}

/** A fact keeps the ending by which it is known; a unit is what the name says it is. */
function metricOf({ name, type, help }: Family): Metric {
  const unit = UNITS.find(([ending]) => name.endsWith(ending))?.[1] ?? ''
  return { name: type === 'info' ? `${name}_info` : name, description: help, unit, kind: KINDS[type] }
}

function streamKey(source: string, { name }: Metric, labels: Attributes = {}): string {
  return `${source} ${name} ${JSON.stringify(labels)}`
}

/** Bytes that a point takes in a message at most. */
export function bytesOf({ resource, metric, point }: Item): number {
  const buckets = 'counts' in point ? point.counts.length : 0
  let letters = resource.key.length + metric.name.length + metric.description.length
  let bytes = POINT_BYTES + buckets * BUCKET_BYTES
  for (const name in point.attributes) {
    letters += name.length + point.attributes[name]!.length
    bytes += ATTRIBUTE_BYTES
  }
  return bytes + letters * LETTER_BYTES
}
