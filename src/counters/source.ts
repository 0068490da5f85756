/** Counters files of other processes as a source of history. */
import type { Source } from '../period/index.ts'
import { differenceInt64, type Int64, int64Of, messageOf } from '../utils/index.ts'
import { AGGREGATES, aggregateCounters, type SeriesRow } from './aggregate.ts'
import { type CountersEntry, createReduce, decodeEntry, encodeEntry } from './entry.ts'
import { countersFamilies } from './families.ts'
import { CountersFiles, type CountersFilesOptions, type FollowedFile } from './files.ts'
import type { CounterSample, CountersSample, FileSample } from './sample.ts'

/** Options of the source. */
export interface CountersSourceOptions extends CountersFilesOptions {
  /** @default 'counters' */
  readonly name?: string
  /** @default 1000 */
  readonly intervalMs?: number
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
  close(): void
}

/** Polls one file, several, or all of a directory. Nothing is opened before the first `collect`. */
export function createCountersSource(options: CountersSourceOptions = {}): CountersSource {
  const files = new CountersFiles(options)
  let before: { sample: CountersSample; monotonicMs: number } | undefined
  return {
    name: options.name ?? 'counters',
    intervalMs: options.intervalMs ?? 1000,
    params: ['file', 'label'],
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
          found.map((file) => [file.name, readFile(files, file, seconds, since?.sample.files[file.name])]),
        ),
      }
      before = { sample, monotonicMs }
      return sample
    },
    reduce: createReduce(),
    aggregate: aggregateCounters,
    families: countersFamilies,
    encode: encodeEntry,
    decode: decodeEntry,
    close: () => files.close(),
  }
}

function isEmpty(sample: CountersSample | undefined): boolean {
  return sample === undefined || Object.keys(sample.files).length === 0
}

function readFile(
  files: CountersFiles,
  { name, reader, error }: FollowedFile,
  seconds: number,
  last: FileSample | undefined,
): FileSample {
  if (reader === undefined) return unreadable(error ?? 'it is not open')
  try {
    const same = last?.pid === reader.pid && last.started === reader.startTime
    const counters: CounterSample[] = []
    const labels = new Set<string>()
    const rateOf = rates(same ? last.counters : [], seconds)
    reader.forEach((rawId, rawLabel, rawValue) => {
      const id = int64Of(rawId)
      const value = int64Of(rawValue)
      const label = labels.has(rawLabel) ? `${rawLabel}[${id}]` : rawLabel
      labels.add(label)
      counters.push({ id, label, value, rate: rateOf(id, value, counters.length) })
    })
    const { pid, startTime, isAlive } = reader
    return { pid, started: startTime, alive: isAlive, error: null, statics: reader.statics(), counters }
  } catch (thrown) {
    files.drop(name)
    return unreadable(messageOf(thrown))
  }
}

function unreadable(error: string): FileSample {
  return { pid: null, started: null, alive: false, error, statics: [], counters: [] }
}

/** Rates against the counters of the sample before: the same id is the same counter, mostly at the same place. */
function rates(
  last: readonly CounterSample[],
  seconds: number,
): (id: Int64, value: Int64, place: number) => number | null {
  let byId: Map<Int64, CounterSample> | undefined
  return (id, value, place) => {
    if (seconds <= 0) return null
    let before = last[place]
    if (before?.id !== id) {
      byId ??= new Map(last.map((counter) => [counter.id, counter]))
      before = byId.get(id)
    }
    return before === undefined || value < before.value
      ? null
      : differenceInt64(value, before.value) / seconds
  }
}
