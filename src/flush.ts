/** What a process flushes, as stores take it. */
import type { Fields } from './period/index.ts'
import type { Family } from './prometheus/index.ts'

/** Names of a document's own fields. */
const OWN = ['metric', 'value', 'text']

/** These labels on each point; one of the point's own that has such a name gets a `_` behind it. */
export function withLabels(
  families: readonly Family[],
  labels: Readonly<Record<string, string>>,
): readonly Family[] {
  return families.map(({ name, type, help, points }) => ({
    name,
    type,
    help,
    points: points.map((point) => ({
      ...point,
      labels: { ...besides(Object.keys(labels), point.labels), ...labels },
    })),
  }))
}

/**
 * A document a stream: `metric`, its labels, and `value`, or `text` of one whose value is a text. Of a distribution its count and sum, not
 * its buckets. A label of one of these names gets a `_` behind it.
 */
export function streamDocuments(families: readonly Family[]): readonly Fields[] {
  return families.flatMap(({ name, type, points }) =>
    points
      .filter(({ suffix }) => suffix !== '_bucket')
      .map(({ labels = {}, value, suffix = '' }) => {
        const { value: text, ...others } = labels
        const metric = name + suffix
        return type === 'info' && text !== undefined
          ? { ...besides(OWN, others), metric, text }
          : { ...besides(OWN, labels), metric, value }
      }),
  )
}

/** Labels beside others of these names. */
function besides(
  names: readonly string[],
  labels: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [names.includes(name) ? `${name}_` : name, value]),
  )
}
