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
import { PbfWriter, writeFixed64 } from '../protobuf.ts'
import type { Series } from './series.ts'

/** The NaN that says a series ended; as a number it would become any NaN. Source: Prometheus, `value.StaleNaN`. */
const STALE_BITS = 0x7ff0_0000_0000_0002n

/** A series with its value at one time; undefined says that it ended. */
export type Value = readonly [series: Series, value: number | undefined]

/** Values of one time, Unix ms. */
export interface Instant {
  readonly at: number
  readonly values: readonly Value[]
}

interface Sample {
  readonly at: number
  readonly value: number | undefined
}

/** One message of these instants, oldest first: each series once, its samples in order. */
export function encodeWriteRequest(instants: readonly Instant[]): Uint8Array {
  const all = new Map<Series, Sample[]>()
  for (const { at, values } of instants) {
    for (const [series, value] of values) {
      const samples = all.get(series)
      if (samples === undefined) all.set(series, [{ at, value }])
      else samples.push({ at, value })
    }
  }
  const writer = new PbfWriter()
  for (const one of all) writer.writeMessage(1, writeSeries, one)
  return writer.finish()
}

function writeSeries([{ labels }, samples]: readonly [Series, readonly Sample[]], writer: PbfWriter): void {
  writer.realloc(labels.length)
  writer.buf.set(labels, writer.pos)
  writer.pos += labels.length
  for (const sample of samples) writer.writeMessage(2, writeSample, sample)
}

function writeSample({ at, value }: Sample, writer: PbfWriter): void {
  if (value === undefined) writeFixed64(1, STALE_BITS, writer)
  else writer.writeDoubleField(1, value)
  writer.writeVarintField(2, Math.round(at))
}
