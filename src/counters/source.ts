/** Counters files of other processes as a source of history. */
import type { Source } from '../period/index.ts'
import { differenceInt64, type Int64, int64Of, type Log, messageOf, SILENT } from '../utils/index.ts'
import { AGGREGATES, aggregateCounters, type SeriesRow } from './aggregate.ts'
import { type CountersEntry, createFolding, decodeEntry, encodeEntry, MAX_LABELS } from './entry.ts'
import { countersFamilies, DEFAULT_NAME } from './families.ts'
import { CountersFiles, type CountersFilesOptions, type FollowedFile } from './files.ts'
import type { CounterSample, CountersSample, FileSample } from './sample.ts'

/** Options of the source. */
export interface CountersSourceOptions extends CountersFilesOptions {
  /** @default 'counters' */
  readonly name?: string
  /** @default 1000 */
  readonly intervalMs?: number
  /** Told once of each file that cannot be read. @default says nothing */
  readonly log?: Log
}

/** The source, and its files for whoever serves them. */
export interface CountersSource extends Source<CountersSample, CountersEntry, SeriesRow[]> {
  readonly files: CountersFiles
  /** Undefined while there is no file. */
  collect(now: number, last: CountersSample | undefined, signal: AbortSignal): CountersSample | undefined
  reduce(entry: CountersEntry | undefined, sample: CountersSample): CountersEntry
  families(sample: CountersSample): ReturnType<typeof countersFamilies>
  encode(entry: CountersEntry): unknown
  decode(json: unknown): CountersEntry
  /** Files that could not be read at the last look, how many were left out, and those of which labels were. */
  faults(): readonly string[]
  close(): void
}

/** Polls one file, several, or all of a directory. Nothing is opened before the first `collect`. */
export function createCountersSource(options: CountersSourceOptions = {}): CountersSource {
  const files = new CountersFiles(options)
  const folding = createFolding()
  const { name: sourceName = DEFAULT_NAME, log = SILENT } = options
  let faults: readonly string[] = []
  let before: { sample: CountersSample; monotonicMs: number } | undefined
  return {
    name: sourceName,
    intervalMs: options.intervalMs ?? 1000,
    params: ['file', 'label'],
    paramDocs: {
      file: 'Only files of this name; a glob with `*` and `?`.',
      label: 'Only counters of this label; a glob with `*` and `?`.',
    },
    aggregates: AGGREGATES,
    files,
    collect(now, last) {
      const found = files.list()
      // None, as before: nothing to keep. That the last one went is kept.
      if (found.length === 0 && isEmpty(before?.sample)) return undefined
      const monotonicMs = performance.now()
      const since = last !== undefined && before?.sample === last ? before : undefined
      const seconds = since === undefined ? 0 : (monotonicMs - since.monotonicMs) / 1000
      const sample: CountersSample = {
        timestamp: now / 1000,
        files: Object.fromEntries(
          found.map((file) => [file.name, readFile(files, file, seconds, before?.sample.files[file.name])]),
        ),
      }
      before = { sample, monotonicMs }
      const newest = faultsOf(sample, files, folding.full())
      for (const fault of newest) if (!faults.includes(fault)) log.warn({ source: sourceName }, fault)
      faults = newest
      return sample
    },
    reduce: folding.reduce,
    aggregate: aggregateCounters,
    families: (sample) => countersFamilies(sample, sourceName),
    encode: encodeEntry,
    decode: decodeEntry,
    faults: () => faults,
    close: () => files.close(),
  }
}

function faultsOf(
  { files: read }: CountersSample,
  { fault }: CountersFiles,
  full: readonly string[],
): string[] {
  const of = (name: string, reason: string) => `counters file ${JSON.stringify(name)}: ${reason}`
  return [
    ...Object.entries(read).flatMap(([name, { error }]) => (error === null ? [] : of(name, error))),
    ...full.map((name) =>
      of(name, `labels are left out of its history: of a slot ${MAX_LABELS} are kept at most`),
    ),
    ...(fault === undefined ? [] : [fault]),
  ]
}

function isEmpty(sample: CountersSample | undefined): boolean {
  return sample === undefined || Object.keys(sample.files).length === 0
}

function readFile(
  files: CountersFiles,
  { name, reader, error }: FollowedFile,
  seconds: number,
  before: FileSample | undefined,
): FileSample {
  if (reader === undefined) return unreadable(error ?? 'it is not open')
  try {
    const same = before?.pid === reader.pid && before.started === reader.startTime
    const last = finder(same ? before.counters : [])
    const counters: Named[] = []
    const fresh: Named[] = []
    reader.forEach((rawId, label, rawValue) => {
      const id = int64Of(rawId)
      const value = int64Of(rawValue)
      const known = last(id, counters.length)
      const rate = known === undefined || seconds <= 0 ? null : differenceInt64(value, known.value) / seconds
      const counter = { id, label: known?.label ?? label, value, rate }
      counters.push(counter)
      if (known === undefined) fresh.push(counter)
    })
    nameFresh(counters, fresh)
    const { pid, startTime, isAlive } = reader
    return { pid, started: startTime, alive: isAlive, error: null, statics: reader.statics(), counters }
  } catch (thrown) {
    files.drop(name)
    return unreadable(messageOf(thrown))
  }
}

/** A counter whose name may still change. */
type Named = { -readonly [K in keyof CounterSample]: CounterSample[K] }

/**
 * A counter keeps the name it was given first; one that comes while another has its label is called `label[n]`, by the least
 * number from 2 on that is free: names are used again, or the history would have one for each that ever was.
 */
function nameFresh(counters: readonly Named[], fresh: readonly Named[]): void {
  if (fresh.length === 0) return
  const asking = new Set(fresh)
  const taken = new Set<string>()
  for (const counter of counters) if (!asking.has(counter)) taken.add(counter.label)
  /** By label: no smaller number is free. */
  const numbers = new Map<string, number>()
  for (const counter of fresh) {
    const { label } = counter
    if (taken.has(label)) {
      let number = numbers.get(label) ?? 2
      while (taken.has(`${label}[${number}]`)) number++
      numbers.set(label, number)
      counter.label = `${label}[${number}]`
    }
    taken.add(counter.label)
  }
}

function unreadable(error: string): FileSample {
  return { pid: null, started: null, alive: false, error, statics: [], counters: [] }
}

/** Finds counters of the sample before: the same id is the same counter, mostly at the same place. */
function finder(last: readonly CounterSample[]): (id: Int64, place: number) => CounterSample | undefined {
  let byId: Map<Int64, CounterSample> | undefined
  return (id, place) => {
    if (last[place]?.id === id) return last[place]
    if (last.length === 0) return undefined
    byId ??= new Map(last.map((counter) => [counter.id, counter]))
    return byId.get(id)
  }
}
