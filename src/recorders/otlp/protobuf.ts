/**
 * A message of OTLP as protobuf, and the answer to it. The numbers are those of the fields.
 * Source: OTLP 1.x, `metrics.proto`, `metrics_service.proto`, `common.proto`, `resource.proto`.
 */
import { PbfReader, PbfWriter, writeFixed64, writeHalves, writeText } from '../protobuf.ts'
import { CUMULATIVE, fitsInt64 } from './json.ts'
import type { Attributes, HistogramPoint, MetricsMessage, Moment, NumberPoint } from './model.ts'

type Resource = MetricsMessage['resources'][number]
type Metric = Resource['metrics'][number]
type Scope = MetricsMessage['scope']

/** Field of each kind of data in a metric. */
const DATA = { gauge: 5, sum: 7, histogram: 9 } as const

/** `ExportMetricsServiceRequest` */
export function encodeProtobuf({ scope, resources }: MetricsMessage): Uint8Array {
  const writer = new PbfWriter()
  for (const resource of resources) writer.writeMessage(1, writeResourceMetrics, { resource, scope })
  return writer.finish()
}

/** What an `ExportMetricsServiceResponse` says of points that were refused. */
export function decodeAnswer(body: Uint8Array): { rejected: number; message: string } {
  const answer = { rejected: 0, message: '' }
  new PbfReader(body).readFields((field, into, reader) => {
    if (field !== 1) return
    reader.readMessage((inner, partial, message) => {
      if (inner === 1) partial.rejected = message.readVarint(true)
      else if (inner === 2) partial.message = message.readString()
    }, into)
  }, answer)
  return answer
}

function writeResourceMetrics(
  { resource, scope }: { resource: Resource; scope: Scope },
  writer: PbfWriter,
): void {
  writer.writeMessage(1, (attributes, inner) => writeAttributes(attributes, inner, 1), resource.attributes)
  writer.writeMessage(2, writeScopeMetrics, { scope, metrics: resource.metrics })
}

function writeScopeMetrics(
  { scope, metrics }: { scope: Scope; metrics: Resource['metrics'] },
  writer: PbfWriter,
): void {
  writer.writeMessage(
    1,
    ({ name, version }, inner) => {
      writeText(1, name, inner)
      if (version !== '') writeText(2, version, inner)
    },
    scope,
  )
  for (const metric of metrics) writer.writeMessage(2, writeMetric, metric)
}

function writeMetric(metric: Metric, writer: PbfWriter): void {
  writeText(1, metric.name, writer)
  if (metric.description !== '') writeText(2, metric.description, writer)
  if (metric.unit !== '') writeText(3, metric.unit, writer)
  writer.writeMessage(DATA[metric.kind], writeData, metric)
}

function writeData({ kind, points }: Metric, writer: PbfWriter): void {
  for (const point of points) {
    if ('value' in point) writer.writeMessage(1, writeNumberPoint, point)
    else writer.writeMessage(1, writeHistogramPoint, point)
  }
  if (kind !== 'gauge') writer.writeVarintField(2, CUMULATIVE)
  if (kind === 'sum') writer.writeBooleanField(3, true)
}

function writeNumberPoint({ attributes, start, at, value }: NumberPoint, writer: PbfWriter): void {
  writeTimes(start, at, writer)
  if (fitsInt64(value)) writeFixed64(6, value, writer)
  else writer.writeDoubleField(4, Number(value))
  writeAttributes(attributes, writer, 7)
}

function writeHistogramPoint(point: HistogramPoint, writer: PbfWriter): void {
  writeTimes(point.start, point.at, writer)
  writeFixed64(4, BigInt(point.count), writer)
  if (point.sum !== undefined) writer.writeDoubleField(5, point.sum)
  writer.writePackedFixed64(6, [...point.counts])
  writer.writePackedDouble(7, [...point.bounds])
  writeAttributes(point.attributes, writer, 9)
}

function writeTimes(start: Moment | undefined, at: Moment, writer: PbfWriter): void {
  if (start !== undefined) writeHalves(2, start, writer)
  writeHalves(3, at, writer)
}

function writeAttributes(attributes: Attributes, writer: PbfWriter, field: number): void {
  for (const key in attributes) writer.writeMessage(field, writeAttribute, [key, attributes[key]!])
}

function writeAttribute([key, value]: readonly [string, string], writer: PbfWriter): void {
  writeText(1, key, writer)
  writer.writeMessage(2, writeStringValue, value)
}

function writeStringValue(text: string, writer: PbfWriter): void {
  writeText(1, text, writer)
}
