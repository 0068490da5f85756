/** The lines of a Prometheus histogram put together: one histogram for each set of labels. */
import type { Point } from '../../prometheus/index.ts'

/** Buckets, sum and count of one set of labels. */
export interface Histogram {
  readonly labels: Readonly<Record<string, string>>
  readonly count: number
  readonly sum: number | undefined
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
  /** Unix seconds; undefined: not known. */
  readonly started: number | undefined
}

interface Lines {
  readonly labels: Readonly<Record<string, string>>
  readonly buckets: [bound: number, cumulative: number][]
  sum: number | undefined
  count: number | undefined
  started: number | undefined
}

/**
 * Histograms of a family's `_bucket`, `_sum` and `_count` lines. A bucket of Prometheus counts all below its bound, one of
 * OpenTelemetry those between two bounds. A set without a bucket is one bucket of all.
 */
export function histogramsOf(points: readonly Point[]): Histogram[] {
  const all = new Map<string, Lines>()
  for (const { labels = {}, suffix, value, started } of points) {
    const { le, ...rest } = labels
    const key = JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)))
    const lines = all.get(key) ?? { labels: rest, buckets: [], sum: undefined, count: undefined, started }
    all.set(key, lines)
    if (suffix === '_bucket' && le !== undefined)
      lines.buckets.push([le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), Number(value)])
    else if (suffix === '_sum') lines.sum = Number(value)
    else if (suffix === '_count') lines.count = Number(value)
    lines.started ??= started
  }
  return [...all.values()].map(histogramOf)
}

function histogramOf({ labels, buckets, sum, count, started }: Lines): Histogram {
  buckets.sort(([a], [b]) => a - b)
  const finite = buckets.filter(([bound]) => Number.isFinite(bound))
  const infinite = buckets.find(([bound]) => bound === Number.POSITIVE_INFINITY)
  const total = count ?? infinite?.[1] ?? finite.at(-1)?.[1] ?? 0
  const cumulative = [...finite.map(([, below]) => below), total]
  const counts = cumulative.map((below, i) => whole(below - (cumulative[i - 1] ?? 0)))
  return { labels, count: whole(total), sum, bounds: finite.map(([bound]) => bound), counts, started }
}

/** The protocol has no other counts. */
function whole(count: number): number {
  return count > 0 && Number.isFinite(count) ? Math.round(count) : 0
}
