/** One row for each target: how much of the time it was up, and how it was in every slot. */
import { cutRows, type Query, type Rows } from '../period/index.ts'
import { MetricsError, matchesKeyword } from '../utils/index.ts'
import type { UptimeEntry } from './entry.ts'
import type { AliasList } from './lists.ts'
import { CODE, COUNTED, countOf, STATUSES, type Status } from './status.ts'

/** A slot of one target's history. */
export interface SlotStatus {
  /** The last one in the slot. */
  readonly status: Status
  /**
   * Milliseconds: the mean of the slot's checks, or with `stat=max` their greatest. Whole ones, cut off as the original
   * does; with `precise=true` to the microsecond.
   */
  readonly latency: number
  /** Unix seconds of the newest sample in the slot. */
  readonly timestamp: number
  /**
   * Part of the slot's checks that found it down, 0 to 1, of which the last one tells nothing: in a slot of seven
   * hours an outage of ten minutes is over. Absent where all were as `status` says. Differs from GoDoxy: its entry is
   * one check.
   */
  readonly downtime?: number
}

/** One target over a period. Source: GoDoxy `RouteAggregate`; `display_name` is that of its older releases. */
export interface UptimeRow {
  readonly alias: string
  readonly display_name: string
  /** Part of the checks that are not unknown, 0 to 1: healthy ones. */
  readonly uptime: number
  /** Unhealthy ones. */
  readonly downtime: number
  /** Napping and starting ones. */
  readonly idle: number
  /** Milliseconds: the mean of all those checks, to the microsecond. */
  readonly avg_latency: number
  /** The newest; `unknown` if there is none. */
  readonly current_status: Status
  /** Oldest first; a slot in which the target was not checked is left out. */
  readonly statuses: readonly SlotStatus[]
}

/** What of a row is worked out over all slots. */
type RowHead = Omit<UptimeRow, 'statuses'>
/**
 * Takes one slot of a row: its place among the entries, the code of its status, milliseconds, the part it was down if
 * that is to be told.
 */
type Put = (entry: number, code: number, latency: number, downtime: number | undefined) => void

/**
 * Rows sorted by alias; `keyword` filters aliases.
 *
 * @throws MetricsError `invalid` for `stat=min`: the least latency is not kept.
 */
export function aggregateUptime(
  entries: readonly UptimeEntry[],
  query: Query,
  displayNameOf: (alias: string) => string,
): Rows<UptimeRow[]> {
  if (query.stat === 'min')
    throw new MetricsError('invalid', 'invalid stat "min": of uptime there are mean and max')
  const aliases = aliasesOf(entries, query.keyword)
  const wanted = cutRows(aliases, query)
  // Entries mostly share one list: where the targets are in it is worked out once.
  const placesOf = new Map<AliasList, Int32Array>()
  for (const { list } of entries) {
    if (!placesOf.has(list))
      placesOf.set(
        list,
        Int32Array.from(wanted, (alias) => list.placeOf(alias) ?? -1),
      )
  }
  const places = entries.map(({ list }) => placesOf.get(list)!)
  const headOf = (alias: string, row: number, put: Put): RowHead => {
    const numbers = foldRow(entries, (entry) => places[entry]![row]!, query, put)
    return { alias, display_name: displayNameOf(alias), ...numbers }
  }
  return {
    total: aliases.length,
    get data() {
      return wanted.map((alias, row) => rowOf(entries, (put) => headOf(alias, row, put)))
    },
    json: () => rowsJson(entries, wanted, headOf),
  }
}

function rowOf(entries: readonly UptimeEntry[], headOf: (put: Put) => RowHead): UptimeRow {
  const statuses: SlotStatus[] = []
  const head = headOf((entry, code, latency, downtime) => {
    const { timestamp } = entries[entry]!
    const slot = { status: STATUSES[code]!, latency, timestamp }
    statuses.push(downtime === undefined ? slot : { ...slot, downtime })
  })
  return { ...head, statuses }
}

/** What `JSON.stringify` makes of the rows. A hundred thousand objects need not be made for it: a third of the time. */
function rowsJson(
  entries: readonly UptimeEntry[],
  wanted: readonly string[],
  headOf: (alias: string, row: number, put: Put) => RowHead,
): string {
  const before = STATUSES.map((status) => `{"status":"${status}","latency":`)
  const after = entries.map(({ timestamp }) => `,"timestamp":${timestamp}`)
  const rows = wanted.map((alias, row) => {
    let statuses = ''
    const head = headOf(alias, row, (entry, code, latency, downtime) => {
      statuses += before[code]! + latency + after[entry]!
      statuses += downtime === undefined ? '},' : `,"downtime":${downtime}},`
    })
    return `${JSON.stringify(head).slice(0, -1)},"statuses":[${statuses.slice(0, -1)}]}`
  })
  return `[${rows.join(',')}]`
}

/** Aliases of all entries that match, sorted. */
function aliasesOf(entries: readonly UptimeEntry[], keyword: string): string[] {
  const aliases = new Set<string>()
  for (const list of new Set(entries.map(({ list }) => list))) {
    for (const alias of list.aliases) if (matchesKeyword(alias, keyword)) aliases.add(alias)
  }
  return [...aliases].sort()
}

/** The numbers of one target; each slot in which it was checked is put. */
function foldRow(
  entries: readonly UptimeEntry[],
  placeIn: (entry: number) => number,
  { stat, params }: Query,
  put: Put,
): Omit<RowHead, 'alias' | 'display_name'> {
  let [counted, healthy, unhealthy, sum] = [0, 0, 0, 0]
  let last: number = CODE.unknown
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!
    const place = placeIn(i)
    if (place < 0) continue
    const { counts } = entry
    const at = place * COUNTED
    const up = counts[at + CODE.healthy]!
    const down = counts[at + CODE.unhealthy]!
    const checks = up + down + counts[at + CODE.napping]! + counts[at + CODE.starting]!
    if (checks + counts[at + CODE.unknown]! === 0) continue
    counted += checks
    healthy += up
    unhealthy += down
    sum += entry.sums[place]!
    last = entry.last[place]!
    const us = stat === 'max' ? entry.maxima[place]! : checks === 0 ? 0 : entry.sums[place]! / checks
    const told = down > 0 && (down < checks || countOf(last) !== CODE.unhealthy)
    put(
      i,
      last,
      params.precise === 'true' ? Math.round(us) / 1000 : Math.floor(us / 1000),
      told ? Math.round((down / checks) * 1e4) / 1e4 : undefined,
    )
  }
  const part = (count: number) => (counted === 0 ? 0 : count / counted)
  return {
    uptime: part(healthy),
    downtime: part(unhealthy),
    idle: part(counted - healthy - unhealthy),
    avg_latency: Math.round(part(sum)) / 1000,
    current_status: STATUSES[last]!,
  }
}
