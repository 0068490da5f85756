/** Views of the history of a process: one row a key, its points oldest first. */
import { cutRows, type Query, type Rows, readStat } from '../period/index.ts'
import { MetricsError, matchesGlob, matchesKeyword } from '../utils/index.ts'
import type { ExpvarEntry, Measure } from './entry.ts'

/** Keys that an error names. */
const MAX_NAMED = 20

/** A point: Unix seconds, and the number under `value` or `rate`. */
export type SeriesPoint = { readonly timestamp: number } & { readonly [measure in Measure]?: number }

/** One key's history. */
export interface SeriesRow {
  readonly key: string
  readonly points: readonly SeriesPoint[]
}

/** The parameters of this source. */
export const PARAMS: readonly string[] = ['rate', 'keys']

/**
 * Rows of these entries, sorted by key. `aggregate` is a key or a glob of keys, such as `memstats.*`; `rate=true` gives growth
 * per second instead of values; `keys=true` gives the keys alone, of all if there is no `aggregate`.
 *
 * @throws MetricsError `invalid` for an aggregate that no key matches, naming those there are, and for a parameter that is not true or
 *   false.
 */
export function aggregateExpvar(entries: readonly ExpvarEntry[], query: Query): Rows<SeriesRow[] | string[]> {
  const measure: Measure = flag(query, 'rate') ? 'rate' : 'value'
  const onlyKeys = flag(query, 'keys')
  const glob = query.aggregate ?? (onlyKeys ? '*' : undefined)
  const all = keysOf(entries)
  const matching = all.filter((key) => key === glob || (glob !== undefined && matchesGlob(key, glob)))
  if (matching.length === 0 && all.length > 0) throw unknownKey(glob, all)
  const wanted = matching.filter((key) => matchesKeyword(key, query.keyword))
  const cut = cutRows(wanted, query)
  return {
    total: wanted.length,
    data: onlyKeys ? cut : cut.map((key) => ({ key, points: pointsOf(entries, key, measure, query.stat) })),
  }
}

/** Entries mostly share their columns: each list is looked at once. */
function keysOf(entries: readonly ExpvarEntry[]): string[] {
  const lists = new Set(entries.map(({ stats }) => stats.columns))
  const keys = new Set<string>()
  for (const columns of lists) for (const place of columns.placesOf('value')) keys.add(columns.keys[place]!)
  return [...keys].sort()
}

function pointsOf(
  entries: readonly ExpvarEntry[],
  key: string,
  measure: Measure,
  stat: Query['stat'],
): SeriesPoint[] {
  const points: SeriesPoint[] = []
  for (const { timestamp, stats } of entries) {
    const kept = stats.get(measure, key)
    if (kept !== undefined) points.push({ timestamp, [measure]: readStat(kept, stat) })
  }
  return points
}

function unknownKey(glob: string | undefined, keys: readonly string[]): MetricsError {
  const fault = glob === undefined ? 'an aggregate is missing' : `invalid aggregate ${JSON.stringify(glob)}`
  const more = keys.length > MAX_NAMED ? ` and ${keys.length - MAX_NAMED} more, see keys=true` : ''
  const named = keys.slice(0, MAX_NAMED).join(', ')
  return new MetricsError(
    'invalid',
    `${fault}: allowed are keys and globs such as memstats.*: ${named}${more}`,
  )
}

function flag({ params }: Query, name: string): boolean {
  const given = params[name] ?? 'false'
  if (given !== 'true' && given !== 'false')
    throw new MetricsError('invalid', `invalid ${name} ${JSON.stringify(given)}: allowed are true, false`)
  return given === 'true'
}
