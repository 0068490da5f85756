/** Views of the history of a process: one row a key, its points oldest first. */
import { type Columns, cutRows, type Query, type Rows, readStat } from '../period/index.ts'
import { MetricsError, matchesGlob, matchesKeyword } from '../utils/index.ts'
import type { ExpvarEntry, Measure } from './entry.ts'

/** Keys that an error names. */
const MAX_NAMED = 20
/**
 * Keys of an answer, beside the last slot's that is looked at: of more, those that were there last. Where keys come and go, a
 * hundred slots may hold a hundred times as many as a document.
 */
const MAX_ROWS = 10_000

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
  const matches = (key: string) => key === glob || (glob !== undefined && matchesGlob(key, glob))
  const wanted = keysOf(entries, (key) => matches(key) && matchesKeyword(key, query.keyword))
  if (wanted.length === 0 && keysOf(entries, matches).length === 0) {
    const all = keysOf(entries, () => true)
    if (all.length > 0) throw unknownKey(glob, all)
  }
  const cut = cutRows(wanted, query)
  return { total: wanted.length, data: onlyKeys ? cut : rowsOf(entries, cut, measure, query.stat) }
}

/** Entries mostly share their columns: each list is looked at once, the newest first. */
function keysOf(entries: readonly ExpvarEntry[], isWanted: (key: string) => boolean): string[] {
  const lists = new Set(entries.map(({ stats }) => stats.columns).reverse())
  const keys = new Set<string>()
  for (const columns of lists) {
    if (keys.size >= MAX_ROWS) break
    for (const place of columns.placesOf('value')) {
      const key = columns.keys[place]!
      if (isWanted(key)) keys.add(key)
    }
  }
  return [...keys].sort()
}

/** Each slot is walked through once, whatever keys it has. */
function rowsOf(
  entries: readonly ExpvarEntry[],
  keys: readonly string[],
  measure: Measure,
  stat: Query['stat'],
): SeriesRow[] {
  const rows = new Map(keys.map((key) => [key, { key, points: [] as SeriesPoint[] }]))
  const known = new Map<Columns, { place: number; points: SeriesPoint[] }[]>()
  const placesOf = (columns: Columns) => {
    const places = columns.placesOf(measure).flatMap((place) => {
      const points = rows.get(columns.keys[place]!)?.points
      return points === undefined ? [] : [{ place, points }]
    })
    known.set(columns, places)
    return places
  }
  for (const { timestamp, stats } of entries) {
    for (const { place, points } of known.get(stats.columns) ?? placesOf(stats.columns)) {
      const kept = stats.at(place)
      if (kept !== undefined) points.push({ timestamp, [measure]: readStat(kept, stat) })
    }
  }
  return [...rows.values()]
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
