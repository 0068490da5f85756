/**
 * What a slot of a ring holds of counters: per counter the statistics of all values and of all rates.
 *
 * Kept as columns, eight numbers a counter in one array, and one list of labels that the entries share as long as the counters
 * are the same: 1,000 counters in all five rings take 40 MB so.
 * Values and their sum are exact, beyond 2^53 as bigint.
 */
import { addInt64, type Int64, int64FromJson, int64ToJson, MetricsError } from '../utils/index.ts'
import { MAX_CAPACITY } from './layout.ts'
import type { CountersSample, FileSample } from './sample.ts'

/** Numbers of one counter: count, sum, min, max of values, then of rates. */
export const STAT_COLUMNS = 8
const RATES = 4
/** Labels of a file in a slot: as many as a file holds at once. Those that come when there are as many are left out of the slot. */
export const MAX_LABELS = MAX_CAPACITY

/** One file's counters in a slot. */
interface FileEntry {
  pid: number | null
  started: number | null
  /** Whether its process lived at the newest sample. */
  alive: boolean
  labels: readonly string[]
  /** `STAT_COLUMNS` numbers for each label. A count of 0 has no statistics. */
  stats: Int64[]
}

/** All files in a slot. */
export interface CountersEntry {
  /** Unix seconds of the newest sample. */
  timestamp: number
  files: Map<string, FileEntry>
}

/** Folds samples of one source into entries. */
export interface Folding {
  reduce(entry: CountersEntry | undefined, sample: CountersSample): CountersEntry
  /** Files of whose newest sample labels were left out of some slot, which held `MAX_LABELS` already. */
  full(): readonly string[]
}

/** Makes the folding of a source; it keeps the lists of labels that entries share. */
export function createFolding(): Folding {
  const shared = new Map<string, readonly string[]>()
  const leftOut = new Map<string, { timestamp: number; any: boolean }>()
  const note = (name: string, timestamp: number, any: boolean) => {
    const before = leftOut.get(name)
    const same = before?.timestamp === timestamp
    leftOut.set(name, { timestamp, any: any || (same && before.any) })
  }
  return {
    full: () => [...leftOut].flatMap(([name, { any }]) => (any ? name : [])),
    reduce(entry, sample) {
      const into = entry ?? { timestamp: sample.timestamp, files: new Map<string, FileEntry>() }
      into.timestamp = Math.max(into.timestamp, sample.timestamp)
      for (const kept of [shared, leftOut])
        for (const name of kept.keys()) if (!Object.hasOwn(sample.files, name)) kept.delete(name)
      for (const [name, kept] of into.files) if (!Object.hasOwn(sample.files, name)) kept.alive = false
      for (const [name, file] of Object.entries(sample.files)) {
        let kept = into.files.get(name)
        if (kept === undefined) {
          kept = { pid: file.pid, started: file.started, alive: file.alive, labels: [], stats: [] }
          into.files.set(name, kept)
        }
        note(name, sample.timestamp, !fold(kept, file, shared.get(name)))
        shared.set(name, kept.labels)
      }
      return into
    },
  }
}

/** False when there was no room for some of the labels. */
function fold(entry: FileEntry, file: FileSample, shared: readonly string[] | undefined): boolean {
  entry.alive = file.alive
  if (file.error !== null) return true
  // A file that was made anew counts from the beginning: a mean across both lives would be neither's.
  if (entry.pid !== file.pid || entry.started !== file.started) {
    entry.labels = []
    entry.stats = []
  }
  entry.pid = file.pid
  entry.started = file.started
  const { counters } = file
  if (entry.labels.length === 0 && shared !== undefined && sameLabels(shared, file)) entry.labels = shared
  let places: Map<string, number> | undefined
  if (!sameLabels(entry.labels, file)) {
    places = new Map(entry.labels.map((label, place) => [label, place]))
    for (const { label } of counters)
      if (places.size < MAX_LABELS && !places.has(label)) places.set(label, places.size)
    if (places.size > entry.labels.length) entry.labels = [...places.keys()]
  }
  while (entry.stats.length < entry.labels.length * STAT_COLUMNS) entry.stats.push(0)
  let isWhole = true
  for (let i = 0; i < counters.length; i++) {
    const { label, value, rate } = counters[i]!
    const place = places === undefined ? i : places.get(label)
    if (place === undefined) {
      isWhole = false
      continue
    }
    const at = place * STAT_COLUMNS
    foldValue(entry.stats, at, value)
    if (rate !== null) foldRate(entry.stats as number[], at + RATES, rate)
  }
  return isWhole
}

function sameLabels(labels: readonly string[], { counters }: FileSample): boolean {
  return labels.length === counters.length && counters.every(({ label }, i) => label === labels[i])
}

function foldValue(stats: Int64[], at: number, value: Int64): void {
  const first = stats[at] === 0
  stats[at] = addInt64(stats[at]!, 1)
  stats[at + 1] = addInt64(stats[at + 1]!, value)
  if (first || value < stats[at + 2]!) stats[at + 2] = value
  if (first || value > stats[at + 3]!) stats[at + 3] = value
}

function foldRate(stats: number[], at: number, rate: number): void {
  const first = stats[at] === 0
  stats[at]! += 1
  stats[at + 1]! += rate
  if (first || rate < stats[at + 2]!) stats[at + 2] = rate
  if (first || rate > stats[at + 3]!) stats[at + 3] = rate
}

/** An entry as JSON; integers beyond 2^53 are strings there, which every parser reads exactly. */
export function encodeEntry(entry: CountersEntry): unknown {
  const files = [...entry.files].map(([name, file]) => [
    name,
    { ...file, stats: file.stats.map(int64ToJson) },
  ])
  return { timestamp: entry.timestamp, files: Object.fromEntries(files) }
}

/** An entry from its JSON. Throws `corrupt` if it is none. */
export function decodeEntry(json: unknown): CountersEntry {
  const { timestamp, files } = (json ?? {}) as { timestamp?: unknown; files?: unknown }
  if (typeof timestamp !== 'number' || typeof files !== 'object' || files === null) throw notAnEntry()
  return {
    timestamp,
    files: new Map(Object.entries(files).map(([name, file]) => [name, decodeFile(file)])),
  }
}

function decodeFile(json: unknown): FileEntry {
  const { pid, started, alive, labels, stats } = (json ?? {}) as Record<keyof FileEntry, unknown>
  const named = Array.isArray(labels) && labels.every((label) => typeof label === 'string')
  if (!named || !Array.isArray(stats) || stats.length !== labels.length * STAT_COLUMNS) throw notAnEntry()
  const number = (value: unknown) => (typeof value === 'number' ? value : null)
  const numbers = stats.map((value, i) => {
    const integer = i % STAT_COLUMNS < RATES ? int64FromJson(value) : number(value)
    if (integer === undefined || integer === null) throw notAnEntry()
    return integer
  })
  return { pid: number(pid), started: number(started), alive: alive === true, labels, stats: numbers }
}

function notAnEntry(): MetricsError {
  return new MetricsError('corrupt', 'cannot read an entry of counters: it is none')
}
