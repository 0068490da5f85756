/** This process as a source of history. */
import type { Fields, Source } from '../period/index.ts'
import type { Family } from '../prometheus/index.ts'
import { AGGREGATE_NAMES, aggregateRows, type ProcessRow } from './aggregate.ts'
import { Entries, encodeEntry } from './entry.ts'
import { createRegistry, type Registry } from './metrics/registry.ts'
import { requestsSample } from './requests/sample.ts'
import { serverRequests } from './requests/server.ts'
import type { RequestWindow } from './requests/window.ts'
import { runtimeMetrics } from './runtime/metrics.ts'
import { Runtime, type RuntimeSample } from './runtime/runtime.ts'
import type { ProcessEntry, ProcessSample } from './sample.ts'

/** Options of the source. */
export interface ProcessSourceOptions {
  /** @default 'process' */
  readonly name?: string
  /** Whose metrics are told, and whose requests make the history: of one source at a time. @default one of its own */
  readonly registry?: Registry
  /** @default 1000 */
  readonly intervalMs?: number
  /**
   * Time between two samples while nothing happens: no request, and an event loop at rest; what happens is sampled at the next beat. Memory,
   * CPU and the like are then read for every fifth of these. 0 for a whole sample each beat. @default 3000
   */
  readonly atRestMs?: number
  /** Whether memory, garbage collections, event loop and CPU are read. @default true */
  readonly runtime?: boolean
  /** Whether the registry has the metrics that Go programs have, beside those of Node. @default false */
  readonly goNames?: boolean
}

/** The source, and its registry for whoever records. */
export interface ProcessSource extends Source<ProcessSample, ProcessEntry, ProcessRow[]> {
  readonly registry: Registry
  /** Names of the registry's metrics that tell of the runtime. */
  readonly runtimeMetrics: ReadonlySet<string>
  collect(now: number, last: ProcessSample | undefined, signal?: AbortSignal): ProcessSample | undefined
  reduce(entry: ProcessEntry | undefined, sample: ProcessSample): ProcessEntry
  families(sample: ProcessSample): Family[]
  liveFamilies(sample: ProcessSample): Family[]
  documents(sample: ProcessSample): readonly Fields[]
  journal(sample: ProcessSample): unknown
  encode(entry: ProcessEntry): unknown
  decode(json: unknown): ProcessEntry
  close(): void
}

/** A reading of the runtime is good for so many samples while the process is at rest. */
const RUNTIME_RESTS = 5

/** Reads this process. Nothing is watched before the first `collect`; metrics of the runtime are declared at once. */
export function createProcessSource(options: ProcessSourceOptions = {}): ProcessSource {
  const { name = 'process', registry = createRegistry(), runtime: wanted = true, goNames = false } = options
  const { intervalMs = 1000, atRestMs = 3000 } = options
  const declared = wanted ? runtimeMetrics(registry, goNames) : undefined
  const runtime = declared && new Runtime(RUNTIME_RESTS * atRestMs, (kind, ms) => declared.pause(kind, ms))
  const entries = new Entries()
  let opened: { window: RequestWindow; close: () => void } | undefined
  let unprepare: (() => void) | undefined
  let newest: RuntimeSample | undefined
  let before: { sample: ProcessSample; atMs: number; atRest: boolean } | undefined

  return {
    name,
    intervalMs,
    aggregates: AGGREGATE_NAMES,
    registry,
    runtimeMetrics: declared?.names ?? new Set(),
    collect(now, last) {
      opened ??= serverRequests(registry).openWindow()
      if (declared !== undefined)
        unprepare ??= registry.beforeRead(() => newest === undefined || declared.report(newest))
      const atMs = performance.now()
      const since = last !== undefined && before?.sample === last ? before : undefined
      const seconds = since === undefined ? 0 : (atMs - since.atMs) / 1000
      if (since?.atRest && opened.window.empty && seconds * 1000 < atRestMs - intervalMs / 2) {
        if (runtime === undefined || runtime.atRest) return undefined
      }
      newest = runtime?.read(since === undefined)
      const totals = opened.window.take()
      const total = (before?.sample.requests.total ?? 0) + totals.count
      const sample = {
        timestamp: now / 1000,
        uptime_seconds: Math.round(process.uptime() * 1000) / 1000,
        requests: requestsSample(totals, total, seconds),
        ...(newest ?? NO_RUNTIME),
      }
      before = { sample, atMs, atRest: totals.count === 0 }
      return sample
    },
    reduce: (entry, sample) => entries.reduce(entry, sample),
    aggregate: aggregateRows,
    families: () => registry.scrapedFamilies(),
    liveFamilies: () => registry.liveFamilies(),
    documents: documentsOf,
    journal: journaled,
    encode: encodeEntry,
    decode: (json) => entries.decode(json),
    close() {
      opened?.close()
      unprepare?.()
      runtime?.close()
      declared?.end()
    },
  }
}

/** What a sample has of a runtime that is not read. */
const NO_RUNTIME = {
  memory: null,
  heap_spaces: null,
  gc: null,
  event_loop: null,
  cpu: null,
  active_resources: null,
}

/** What of a sample its statistics are made of. */
function journaled({ timestamp, requests, memory, gc, event_loop, cpu }: ProcessSample): unknown {
  return { timestamp, requests, memory, gc: gc && { ...gc, kinds: undefined }, event_loop, cpu }
}

/** One flat document, without the buckets that only history needs. */
function documentsOf(sample: ProcessSample): readonly Fields[] {
  const fields: Record<string, number> = {}
  const put = (prefix: string, object: object): void => {
    for (const [key, value] of Object.entries(object)) {
      if (typeof value === 'number') fields[prefix + key] = value
      else if (typeof value === 'object' && value !== null) put(`${prefix}${key}.`, value)
    }
  }
  put('', { ...sample, requests: { ...sample.requests, durations: null } })
  return [fields]
}
