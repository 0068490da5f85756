/**
 * Entries on disk, in columns:
 *
 *     "shared":{"lists":[["db","home"]]}
 *     {"timestamp":1795318411,"list":"kq2PzB0-x_9sLm4T","checks":[1,3],"latency":[4597,91200],"max":[4597,40000],"last":"hu","mixed":[[1,0,2,1,0,0]]}
 *
 * `checks` counts all checks of a target, each of the status `last` says; those of several statuses are `mixed`:
 * place, then a count by status in the order of `STATUSES`. Latencies are microseconds. Of the original's files an
 * entry is one sample: `{"timestamp","statuses":{alias:{"status","latency"}}}`, nanoseconds.
 */
import { MetricsError } from '../utils/index.ts'
import { latencyUs, MAX_LATENCY_US } from './checks.ts'
import { checksAt, newEntry, type UptimeEntry } from './entry.ts'
import type { AliasLists } from './lists.ts'
import { CODE, COUNTED, countOf, isStatus, LETTERS } from './status.ts'

/** Greatest count of a `Uint32Array`. */
const MAX_COUNT = 2 ** 32 - 1

/** Where an entry's JSON names its list. */
const LIST_OF_TEXT = /^\{"timestamp":[\d.]+,"list":"([\w-]+)"/

/** Writes and reads the entries of one source. */
export class Stored {
  readonly #lists: AliasLists

  constructor(lists: AliasLists) {
    this.#lists = lists
  }

  /** The lists of these entries, and of those that are still text: what a file begins with. The newest is the last one. */
  encodeShared(entries: readonly UptimeEntry[], texts: readonly string[] = []): unknown {
    const ids = new Set(texts.map((text) => LIST_OF_TEXT.exec(text)?.[1]))
    const lists = new Set([
      ...[...ids].flatMap((id) => this.#lists.byId(id) ?? []),
      ...entries.map(({ list }) => list),
    ])
    if (lists.delete(this.#lists.current)) lists.add(this.#lists.current)
    return { lists: [...lists].map(({ aliases }) => aliases) }
  }

  /** Takes the lists that the entries of a file refer to. Throws `corrupt` for what is none. */
  decodeShared(json: unknown): void {
    const { lists = [] } = (json ?? {}) as { lists?: unknown }
    const lawful = Array.isArray(lists) && lists.every((list) => Array.isArray(list) && isNames(list))
    if (!lawful) throw notAnEntry()
    this.#lists.take(lists as string[][])
  }

  encode(entry: UptimeEntry): unknown {
    const { timestamp, list, counts, sums, maxima } = entry
    const checks: number[] = []
    const mixed: number[][] = []
    let last = ''
    for (let place = 0; place < list.length; place++) {
      const code = entry.last[place]!
      const all = checksAt(entry, place)
      checks.push(all)
      last += LETTERS[code]
      const at = place * COUNTED
      if (counts[at + countOf(code)] !== all) mixed.push([place, ...counts.subarray(at, at + COUNTED)])
    }
    return {
      timestamp,
      list: list.id,
      checks,
      latency: [...sums],
      max: [...maxima],
      last,
      ...(mixed.length > 0 ? { mixed } : {}),
    }
  }

  /** Throws `corrupt` for what is neither an entry nor one of the original. */
  decode(json: unknown): UptimeEntry {
    const { timestamp, statuses, ...columns } = (json ?? {}) as Record<string, unknown>
    if (typeof timestamp !== 'number' || !Number.isFinite(timestamp)) throw notAnEntry()
    if (typeof statuses === 'object' && statuses !== null) return this.#original(timestamp, statuses)
    return this.#columns(timestamp, columns)
  }

  #columns(timestamp: number, json: Record<string, unknown>): UptimeEntry {
    const list = this.#lists.byId(json.list)
    if (list === undefined) throw notAnEntry()
    const n = list.length
    const entry = newEntry(timestamp, list)
    const { checks, last, mixed = [] } = json
    if (!isColumn(checks, n, MAX_COUNT) || typeof last !== 'string' || last.length !== n) throw notAnEntry()
    if (!isColumn(json.latency, n, Number.MAX_SAFE_INTEGER) || !isColumn(json.max, n, MAX_LATENCY_US))
      throw notAnEntry()
    for (let place = 0; place < n; place++) {
      const code = LETTERS.indexOf(last[place]!)
      if (code < 0) throw notAnEntry()
      entry.last[place] = code
      entry.counts[place * COUNTED + countOf(code)] = checks[place]!
    }
    entry.sums.set(json.latency)
    entry.maxima.set(json.max)
    if (!Array.isArray(mixed)) throw notAnEntry()
    for (const [place, ...counts] of mixed as unknown[][]) {
      if (!(Number.isInteger(place) && (place as number) >= 0 && (place as number) < n)) throw notAnEntry()
      if (!isColumn(counts, COUNTED, MAX_COUNT)) throw notAnEntry()
      entry.counts.set(counts, (place as number) * COUNTED)
    }
    return entry
  }

  /** Differs from GoDoxy: a target whose status is none of its words is left out, not the whole entry. */
  #original(timestamp: number, statuses: object): UptimeEntry {
    const known = Object.entries(statuses as Record<string, { status?: unknown; latency?: unknown } | null>)
      .filter(([, one]) => isStatus(one?.status))
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const entry = newEntry(timestamp, this.#lists.of(known.map(([alias]) => alias)))
    known.forEach(([, one], place) => {
      const code = CODE[one!.status as keyof typeof CODE]
      entry.last[place] = code
      entry.counts[place * COUNTED + countOf(code)] = 1
      if (code === CODE.unknown) return
      const us = latencyUs(Number(one!.latency) / 1000)
      entry.sums[place] = us
      entry.maxima[place] = us
    })
    return entry
  }
}

function isNames(list: readonly unknown[]): boolean {
  return list.every((name) => typeof name === 'string') && new Set(list).size === list.length
}

function isColumn(column: unknown, length: number, most: number): column is number[] {
  if (!Array.isArray(column) || column.length !== length) return false
  for (const value of column) if (!(typeof value === 'number' && value >= 0 && value <= most)) return false
  return true
}

function notAnEntry(): MetricsError {
  return new MetricsError('corrupt', 'cannot read uptime: the entry is none')
}
