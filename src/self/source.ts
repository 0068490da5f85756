/** Treering's own numbers as a source of history. */
import type { Source } from '../period/index.ts'
import type { Family } from '../prometheus/index.ts'
import { AGGREGATE_NAMES, aggregateRows, type SelfRow } from './aggregate.ts'
import { sampleOf } from './collect.ts'
import { selfDocuments } from './documents.ts'
import { Entries, encodeEntry } from './entry.ts'
import { selfFamilies } from './families.ts'
import type { PollerNumbers, RecorderNumbers, SelfEntry, SelfSample, SocketNumbers } from './sample.ts'

/** Where the source asks. */
export interface SelfSourceOptions {
  /** @default 'self' */
  readonly name?: string
  /** @default 1000 */
  readonly intervalMs?: number
  /** How each poller fares, this one's own among them or not. @default none */
  readonly pollers?: () => readonly PollerNumbers[]
  /** How each recorder fares. @default none */
  readonly recorders?: () => readonly RecorderNumbers[]
  /** All WebSockets. @default none */
  readonly sockets?: () => SocketNumbers
  /**
   * What `/metrics` tells of pollers, recorders and sockets anyway: shipped with the families of this source, so that they
   * are the same by either way. @default none
   */
  readonly families?: () => readonly Family[]
}

/** The source `self`. */
export interface SelfSource extends Source<SelfSample, SelfEntry, SelfRow[]> {
  /** Waits for nothing. */
  collect(now: number, last: SelfSample | undefined, signal: AbortSignal): SelfSample
  families(sample: SelfSample): Family[]
  documents(sample: SelfSample): ReturnType<typeof selfDocuments>
  reduce(entry: SelfEntry | undefined, sample: SelfSample): SelfEntry
  encode(entry: SelfEntry): unknown
  decode(json: unknown): SelfEntry
}

/** Reads this process. Nothing is asked before the first `collect`. */
export function createSelfSource(options: SelfSourceOptions = {}): SelfSource {
  const entries = new Entries()
  let before: { sample: SelfSample; monotonicMs: number } | undefined
  return {
    name: options.name ?? 'self',
    intervalMs: options.intervalMs ?? 1000,
    aggregates: AGGREGATE_NAMES,
    collect(now, last) {
      const monotonicMs = performance.now()
      const since =
        last !== undefined && before?.sample === last
          ? { sample: last, seconds: (monotonicMs - before.monotonicMs) / 1000 }
          : undefined
      const asked = {
        pollers: options.pollers?.() ?? [],
        recorders: options.recorders?.() ?? [],
        sockets: options.sockets?.() ?? { open: 0, dropped: 0 },
      }
      const sample = sampleOf(now, asked, since)
      before = { sample, monotonicMs }
      return sample
    },
    reduce: (entry, sample) => entries.reduce(entry, sample),
    aggregate: aggregateRows,
    families: (sample) => [...(options.families?.() ?? []), ...selfFamilies(sample)],
    documents: selfDocuments,
    encode: encodeEntry,
    decode: (json) => entries.decode(json),
  }
}
