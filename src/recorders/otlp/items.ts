/** Families as points of OpenTelemetry. */
import type { Family } from '../../prometheus/index.ts'
import type { Shipment } from '../recorder.ts'
import { histogramsOf } from './histogram.ts'
import { type Attributes, type Item, type Metric, type MetricKind, momentOf } from './model.ts'
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
  const { source, typeName } = shipment
  const at = momentOf(shipment.at)
  for (const family of shipment.families) {
    const metric = metricOf(family)
    /** Undefined for a gauge, else since when it counts. */
    const startOf = (labels: Attributes | undefined, counted: number | bigint, started?: number) =>
      metric.kind === 'gauge' ? undefined : starts.of(streamKey(source, metric, labels), at, counted, started)
    if (metric.kind === 'histogram') {
      for (const { labels, count, sum, bounds, counts, started } of histogramsOf(family.points)) {
        const { resource, own: attributes } = resources.of(typeName, labels)
        const point = { attributes, start: startOf(labels, count, started), at, count, sum, bounds, counts }
        items.push({ resource, metric, point })
      }
    } else {
      for (const { labels, value, started } of family.points) {
        const { resource, own: attributes } = resources.of(typeName, labels)
        items.push({
          resource,
          metric,
          point: { attributes, start: startOf(labels, value, started), at, value },
        })
      }
    }
  }
  return items
}

/** A fact keeps the ending by which it is known; a unit is what the name says it is. */
function metricOf({ name, type, help }: Family): Metric {
  const unit = UNITS.find(([ending]) => name.endsWith(ending))?.[1] ?? ''
  return { name: type === 'info' ? `${name}_info` : name, description: help, unit, kind: KINDS[type] }
}

function streamKey(source: string, { name }: Metric, labels: Attributes | undefined): string {
  let key = `${source} ${name}`
  for (const label in labels) key += `\ud800${label}\ud800${labels[label]}`
  return key
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
