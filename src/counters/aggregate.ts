/** Views of the history of counters: one row a counter, its points oldest first. */
import { cutRows, type Query, type Rows, type StatName } from '../period/index.ts'
import { type Int64, MetricsError, matchesGlob, matchesKeyword, meanInt64 } from '../utils/index.ts'
import { type CountersEntry, STAT_COLUMNS } from './entry.ts'

/** A point: Unix seconds, and the number under the aggregate's name. */
export type SeriesPoint = { readonly timestamp: number } & { readonly [aggregate: string]: Int64 }

/** One counter's history. */
export interface SeriesRow {
  readonly file: string
  readonly label: string
  /** Whether the process of the file lived at the newest sample. */
  readonly alive: boolean
  readonly points: readonly SeriesPoint[]
}

/** Aggregate → column of the count; sum, min and max follow it. */
const COLUMNS: Readonly<Record<string, number>> = { value: 0, rate: 4 }
/** Names of the views. */
export const AGGREGATES: readonly string[] = Object.keys(COLUMNS)

/**
 * Rows of these entries, sorted by file and label. The parameters `file` and `label` are globs, `keyword` filters labels;
 * `limit` and `offset` count rows. Throws `invalid` for another aggregate.
 */
export function aggregateCounters(entries: readonly CountersEntry[], query: Query): Rows<SeriesRow[]> {
  const name = query.aggregate ?? ''
  const column = Object.hasOwn(COLUMNS, name) ? COLUMNS[name] : undefined
  if (column === undefined) {
    const allowed = `allowed are ${AGGREGATES.join(', ')}`
    throw new MetricsError(
      'invalid',
      query.aggregate === undefined
        ? `aggregate is missing: ${allowed}`
        : `invalid aggregate ${JSON.stringify(name.slice(0, 64))}: ${allowed}`,
    )
  }
  const series = seriesOf(entries, query)
  const wanted = cutRows(series, query)
  return { total: series.length, data: rowsOf(entries, wanted, { name, column, stat: query.stat }) }
}

interface Series {
  readonly file: string
  readonly label: string
}

/** The counters that are asked for, in order. Entries mostly share their list of labels: each list is looked at once. */
function seriesOf(entries: readonly CountersEntry[], { params, keyword }: Query): Series[] {
  const labelsByFile = new Map<string, Set<string>>()
  const seen = new Set<readonly string[]>()
  for (const entry of entries) {
    for (const [file, { labels }] of entry.files) {
      if (seen.has(labels) || (params.file !== undefined && !matchesGlob(file, params.file))) continue
      seen.add(labels)
      const wanted = labelsByFile.get(file) ?? new Set()
      labelsByFile.set(file, wanted)
      for (const label of labels) {
        if (params.label !== undefined && !matchesGlob(label, params.label)) continue
        if (matchesKeyword(label, keyword)) wanted.add(label)
      }
    }
  }
  const files = [...labelsByFile].sort(([a], [b]) => (a < b ? -1 : 1))
  return files.flatMap(([file, labels]) => [...labels].sort().map((label) => ({ file, label })))
}

function rowsOf(
  entries: readonly CountersEntry[],
  wanted: readonly Series[],
  view: { name: string; column: number; stat: StatName },
): SeriesRow[] {
  const places = new Map<readonly string[], Map<string, number>>()
  const placeOf = (labels: readonly string[], label: string) => {
    let known = places.get(labels)
    if (known === undefined) {
      known = new Map(labels.map((each, place) => [each, place]))
      places.set(labels, known)
    }
    return known.get(label)
  }
  return wanted.map(({ file, label }) => {
    const points: SeriesPoint[] = []
    let alive = false
    for (const entry of entries) {
      const kept = entry.files.get(file)
      alive = kept?.alive ?? false
      const place = kept && placeOf(kept.labels, label)
      if (kept === undefined || place === undefined) continue
      const number = read(kept.stats, place * STAT_COLUMNS + view.column, view.stat)
      if (number !== undefined) points.push({ timestamp: entry.timestamp, [view.name]: number })
    }
    return { file, label, alive, points }
  })
}

function read(stats: readonly Int64[], at: number, stat: StatName): Int64 | undefined {
  const [count, sum, min, max] = [stats[at]!, stats[at + 1]!, stats[at + 2]!, stats[at + 3]!]
  if (count === 0) return undefined
  if (stat === 'min') return rounded(min)
  if (stat === 'max') return rounded(max)
  const middle = meanInt64(sum, Number(count))
  return rounded(middle < min ? min : middle > max ? max : middle)
}

/** Three decimals, as all rows have; integers stay exact. */
function rounded(value: Int64): Int64 {
  return Number.isInteger(value) || typeof value === 'bigint' ? value : Math.round(value * 1000) / 1000
}
