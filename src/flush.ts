/** What a process flushes, as stores take it. */
import type { Fields } from './period/index.ts'
import type { Family } from './prometheus/index.ts'

/** These labels on each point; a point's own wins. */
export function withLabels(
  families: readonly Family[],
  labels: Readonly<Record<string, string>>,
): readonly Family[] {
  return families.map(({ name, type, help, points }) => ({
    name,
    type,
    help,
    points: points.map((point) => ({ ...point, labels: { ...labels, ...point.labels } })),
  }))
}

/** A document a stream: `metric`, its labels, `value`. Of a distribution its count and sum, not its buckets. */
export function streamDocuments(families: readonly Family[]): readonly Fields[] {
  return families.flatMap(({ name, points }) =>
    points
      .filter(({ suffix }) => suffix !== '_bucket')
      .map(({ labels, value, suffix = '' }) => ({ ...labels, metric: name + suffix, value })),
  )
}
