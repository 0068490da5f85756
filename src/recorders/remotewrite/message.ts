/**
 * The message of remote write 1.0.
 *
 * ```
 * WriteRequest { repeated TimeSeries timeseries = 1 }
 * TimeSeries   { repeated Label labels = 1; repeated Sample samples = 2 }
 * Label        { string name = 1; string value = 2 }
 * Sample       { double value = 1; int64 timestamp = 2 }        timestamp in ms
 * ```
 * Source: Prometheus remote-write specification 1.0, "Protocol".
 */
import { PbfWriter, writeFixed64, writeText } from '../protobuf.ts'
import type { Series, Value } from './series.ts'

/** The NaN that says a series ended; as a number it would become any NaN. Source: Prometheus, `value.StaleNaN`. */
const STALE_BITS = 0x7ff0_0000_0000_0002n

/** Values of one time, Unix ms. */
export interface Instant {
  readonly at: number
  readonly values: readonly Value[]
}

interface SeriesSamples {
  readonly series: Series
  readonly samples: { at: number; value: number | undefined }[]
}

/** One message of these instants, oldest first: each series once, its samples in order. */
export function encodeWriteRequest(instants: readonly Instant[]): Uint8Array {
  const all = new Map<string, SeriesSamples>()
  for (const { at, values } of instants) {
    for (const { series, value } of values) {
      const known = all.get(series.key)
      if (known === undefined) all.set(series.key, { series, samples: [{ at, value }] })
      else known.samples.push({ at, value })
    }
  }
  const writer = new PbfWriter()
  for (const one of all.values()) writer.writeMessage(1, writeSeries, one)
  return writer.finish()
}

function writeSeries({ series: { labels }, samples }: SeriesSamples, writer: PbfWriter): void {
  for (let i = 0; i < labels.length; i += 2) writer.writeMessage(1, writeLabel, [labels[i]!, labels[i + 1]!])
  for (const sample of samples) writer.writeMessage(2, writeSample, sample)
}

function writeLabel([name, value]: readonly [string, string], writer: PbfWriter): void {
  writeText(1, name, writer)
  writeText(2, value, writer)
}

function writeSample(
  { at, value }: { readonly at: number; readonly value: number | undefined },
  writer: PbfWriter,
): void {
  if (value === undefined) writeFixed64(1, STALE_BITS, writer)
  else writer.writeDoubleField(1, value)
  writer.writeVarintField(2, Math.round(at))
}
