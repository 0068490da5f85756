/** What a source tells Prometheus: families of samples with labels, before they become text. */

/** Kind of a family. Source: Prometheus exposition format 0.0.4 and OpenMetrics 1.0. */
export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'info' | 'unknown'

/** One line of a family. `suffix` is what follows the family's name (`_bucket`, `_sum`, …); counters get `_total` by themselves. */
export interface Point {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number | bigint
  readonly suffix?: string
  /** Unix seconds since when a counter or histogram counts; undefined: not known. Not in the text. */
  readonly started?: number
}

/**
 * A metric family. `name` is snake_case in base units (seconds, bytes, ratio, celsius) without `_total`.
 * A family without points is left out of the text.
 */
export interface Family {
  readonly name: string
  readonly type: FamilyType
  readonly help: string
  readonly points: readonly Point[]
  /** The same points one after the other, made only as they are taken: of a family so large that making all at once takes long. */
  parts?(): Iterable<readonly Point[]>
}

/** Families of one name as one, in the order of their first: several readers of a type tell the same names. */
export function mergeFamilies(families: readonly Family[]): Family[] {
  const merged = new Map<string, Family>()
  for (const family of families) {
    const before = merged.get(family.name)
    merged.set(
      family.name,
      before === undefined ? family : withPoints(before, [...before.points, ...family.points]),
    )
  }
  return [...merged.values()]
}

/** A family with other points; `parts` would still tell those it had. */
function withPoints({ name, type, help }: Family, points: readonly Point[]): Family {
  return { name, type, help, points }
}
