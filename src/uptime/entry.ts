/**
 * What a ring's slot holds of all its checks: per target a count by status, sum and maximum of latency, and the last status.
 *
 * In columns, so that 1,000 targets in all five rings take 17 MB: an object for each would take ten times that.
 * Latencies are whole microseconds: their sums are exact, and every number of an answer can be worked out again from
 * the checks.
 */
import type { Checks } from './checks.ts'
import type { AliasList, AliasLists } from './lists.ts'
import { CODE, COUNTED, countOf } from './status.ts'
import { MAX_TARGETS } from './target/index.ts'

/** Targets of one slot, those that were removed in it among them: twice as many as are watched at once. */
const MAX_ALIASES = 2 * MAX_TARGETS

/** The checks of one slot. */
export interface UptimeEntry {
  /** Unix seconds of the newest sample. */
  timestamp: number
  /** The order of the columns. */
  list: AliasList
  /** Per target one number for each counted status, by code. */
  counts: Uint32Array
  /** Microseconds, of checks whose status is not unknown. */
  sums: Float64Array
  /** Microseconds, of the same checks. */
  maxima: Uint32Array
  /** Code of the newest status. */
  last: Uint8Array
}

/** An entry without checks. */
export function newEntry(timestamp: number, list: AliasList): UptimeEntry {
  return {
    timestamp,
    list,
    counts: new Uint32Array(list.length * COUNTED),
    sums: new Float64Array(list.length),
    maxima: new Uint32Array(list.length),
    last: new Uint8Array(list.length),
  }
}

/**
 * Adds a sample's checks to an entry, in place; `entry` is undefined for a slot's first. `list` holds the targets of
 * that moment.
 */
export function foldChecks(
  entry: UptimeEntry | undefined,
  { timestamp, list, checks }: { timestamp: number; list: AliasList; checks: Checks },
  lists: AliasLists,
): UptimeEntry {
  const into = entry ?? newEntry(timestamp, lists.union(list, checks.list))
  into.timestamp = Math.max(into.timestamp, timestamp)
  const now = lists.union(list, checks.list)
  const all = lists.union(into.list, now)
  // Too many: those that are gone make room.
  widen(into, all.length <= MAX_ALIASES ? all : now)
  const { places, codes, latencies } = checks
  const same = into.list === checks.list
  for (let i = 0; i < places.length; i++) {
    const place = same ? places[i]! : into.list.placeOf(checks.list.aliases[places[i]!]!)!
    foldCheck(into, place, codes[i]!, latencies[i]!)
  }
  return into
}

/** Checks of one target, all statuses together. */
export function checksAt({ counts }: UptimeEntry, place: number): number {
  let sum = 0
  for (let at = place * COUNTED; at < (place + 1) * COUNTED; at++) sum += counts[at]!
  return sum
}

function foldCheck(entry: UptimeEntry, place: number, code: number, latency: number): void {
  entry.counts[place * COUNTED + countOf(code)]! += 1
  entry.last[place] = code
  if (code === CODE.unknown) return
  entry.sums[place]! += latency
  if (latency > entry.maxima[place]!) entry.maxima[place] = latency
}

/** Takes a list that begins with the entry's own, or holds it in another order; what is not in it is forgotten. */
function widen(entry: UptimeEntry, list: AliasList): void {
  const before = entry.list
  if (before === list) return
  const old = { ...entry }
  Object.assign(entry, newEntry(entry.timestamp, list))
  for (let i = 0; i < before.length; i++) {
    const place = list.placeOf(before.aliases[i]!)
    if (place === undefined) continue
    entry.counts.set(old.counts.subarray(i * COUNTED, (i + 1) * COUNTED), place * COUNTED)
    entry.sums[place] = old.sums[i]!
    entry.maxima[place] = old.maxima[i]!
    entry.last[place] = old.last[i]!
  }
}
