/** The requests of one stretch of time as a part of a sample, and their durations back from it. */
import { Distribution } from '../metrics/distribution.ts'
import type { DurationsSample, LatencySample, RequestsSample } from '../sample.ts'
import { durationBucketer } from './durations.ts'
import type { RequestTotals } from './window.ts'

/**
 * @param total Requests since the source began.
 * @param seconds Time they came in; 0: not known.
 */
export function requestsSample(totals: RequestTotals, total: number, seconds: number): RequestsSample {
  const { count, errors, aborted, requestBytes, responseBytes, durations, greatestMs } = totals
  const rate = (amount: number) => (seconds > 0 ? round(amount / seconds) : null)
  return {
    total,
    rate: rate(count),
    error_rate: rate(errors),
    aborted_rate: rate(aborted),
    error_percent: count > 0 ? round((100 * errors) / count) : null,
    received_rate: rate(requestBytes),
    sent_rate: rate(responseBytes),
    latency: count > 0 ? latencyOf(durations, greatestMs) : null,
    durations: count > 0 ? durationsSample(durations, greatestMs) : null,
  }
}

/** Of durations that are not empty. A percentile is never above the greatest. */
export function latencyOf(durations: Distribution, greatestMs: number): LatencySample {
  const percentile = (part: number) => round(Math.min(durations.quantile(part)!, greatestMs))
  return {
    mean_ms: round(durations.mean!),
    p50_ms: percentile(0.5),
    p90_ms: percentile(0.9),
    p99_ms: percentile(0.99),
    max_ms: round(greatestMs),
  }
}

/** As JSON. */
export function durationsSample({ count, sum, counts }: Distribution, greatestMs: number): DurationsSample {
  const first = Math.max(
    0,
    counts.findIndex((hits) => hits > 0),
  )
  return { count, sum_ms: round(sum), max_ms: round(greatestMs), first, counts: counts.slice(first) }
}

/** Durations from their JSON; undefined if it is none. */
export function durationsOf(json: unknown): { durations: Distribution; greatestMs: number } | undefined {
  const { count, sum_ms, max_ms, first, counts } = (json ?? {}) as Partial<DurationsSample>
  const durations = new Distribution(durationBucketer())
  const buckets = durations.bucketer.finite + 2
  const lawful =
    [count, sum_ms, max_ms].every((number) => Number.isFinite(number) && number! >= 0) &&
    Number.isSafeInteger(first) &&
    first! >= 0 &&
    Array.isArray(counts) &&
    first! + counts.length <= buckets &&
    counts.every((hits) => Number.isSafeInteger(hits) && hits >= 0) &&
    counts.reduce((sum, hits) => sum + hits, 0) === count &&
    count! > 0
  if (!lawful) return undefined
  durations.counts.push(...new Array<number>(first!).fill(0), ...counts!)
  durations.count = count!
  durations.sum = sum_ms!
  return { durations, greatestMs: max_ms! }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
