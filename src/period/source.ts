/**
 * The contract of everything that can be polled.
 *
 * A source is read once a beat; a `Poller` folds each sample into the rings, keeps them on disk, and serves them.
 * A source owns its sample's shape, how samples become a ring's entry, and how entries become rows. It knows
 * nothing of time slots, files, HTTP or sockets.
 */
import type { Hono } from 'hono'
import type { Family } from '../prometheus/index.ts'

/** A source's name: file name, URL segment and label. */
export const SOURCE_NAME = /^[A-Za-z0-9_-]{1,64}$/
/** The same in words. */
export const SOURCE_NAME_RULE = 'a name is 1 to 64 of A-Z a-z 0-9 _ -'

/** Which statistic of a slot that holds many samples. */
export type StatName = 'mean' | 'min' | 'max'

/** What is asked of a ring. Numbers are already checked. */
export interface Query {
  /** Name of the ring: `5m`, `15m`, `1h`, `1d`, `1mo`, or one that the configuration adds. */
  readonly period: string
  /** Which view of the entries; the source says which there are. Undefined when not given. */
  readonly aggregate?: string
  /** Default `mean`. */
  readonly stat: StatName
  /** Rows at most; 0 is all. */
  readonly limit: number
  /** Rows skipped first; beyond the end gives no rows. */
  readonly offset: number
  /** Only so many of the newest slots, the present one counted, are looked at; undefined is the whole period. */
  readonly newest?: number
  /** Letters that a name must hold in this order, in any case. Empty is every name. */
  readonly keyword: string
  /** The source's own parameters, those of `Source.params` that were given. */
  readonly params: Readonly<Record<string, string>>
}

/** Rows of a query. `total` counts them before `limit` and `offset`. */
export interface Rows<Data = unknown> {
  readonly total: number
  readonly data: Data
  /**
   * `data` as JSON, where its source writes it faster than `JSON.stringify`; `data` itself may then be made when
   * somebody looks.
   */
  readonly json?: () => string
}

/** One flat document: numbers (beyond 2^53 as bigint), texts, truths, and lists of numbers by key. */
export type Fields = Readonly<
  Record<string, number | bigint | string | boolean | null | readonly (number | bigint)[]>
>

/** A route that a source serves beside its history. */
export interface RouteDoc {
  /** @default 'get' */
  readonly method?: 'get' | 'post' | 'put'
  /** With `{name}` for its variable parts. */
  readonly path: string
  readonly summary: string
  /** What a 200 holds. */
  readonly answer: string
  /** A sentence on each of its variable parts, as far as there is one. */
  readonly params?: Readonly<Record<string, string>>
}

/**
 * Anything that can be read once.
 *
 * `Sample` is its JSON, snake_case, in memory, on disk and on the wire alike. Its place in time is that of its beat, the `now` of
 * `collect`: it needs no `timestamp`, and one that it has is not looked at, but served as it is. `Entry` is what a ring's slot holds of
 * all its samples.
 */
export interface Source<Sample, Entry = Sample, Data = unknown> {
  /** `[A-Za-z0-9_-]`, 64 characters at most. */
  readonly name: string
  /** Time from one read to the next. @default 1000 */
  readonly intervalMs?: number
  /** A read that takes longer counts as failed, and its result is dropped. @default 1000 */
  readonly timeoutMs?: number
  /** Names of query parameters that belong to this source alone, such as `file` and `label`. */
  readonly params?: readonly string[]
  /** A sentence on each of them, for the API's description. */
  readonly paramDocs?: Readonly<Record<string, string>>
  /** The names `aggregate` may have, for the API's description; the first is the one a page shows first. */
  readonly aggregates?: readonly string[]

  /**
   * Reads once; a promise where it has to wait. Undefined where there is nothing to keep now, such as no file to read.
   *
   * @param now Unix milliseconds of this beat.
   * @param last The sample before this one; undefined at the first read and after a break in time (the machine
   *   slept, or its clock was set): a source that derives rates starts them anew.
   * @param signal Aborted at the time limit and when the poller stops. Several reads may share it.
   */
  collect(
    now: number,
    last: Sample | undefined,
    signal: AbortSignal,
  ): Promise<Sample | undefined> | Sample | undefined
  /**
   * Folds a sample into the entry of its slot; `entry` is undefined for the slot's first. May change and return the
   * given entry. Default: the newest sample is the entry.
   */
  reduce?(entry: Entry | undefined, sample: Sample): Entry
  /** Rows of these entries, oldest first. Throws `MetricsError('invalid')` for an aggregate it does not have. */
  aggregate(entries: readonly Entry[], query: Query): Rows<Data>
  /** What Prometheus is told of this sample. */
  families?(sample: Sample): Family[]
  /** The same for text that is written at once: values may be looked up as they are written, so that many hold up nobody. Default: `families`. */
  liveFamilies?(sample: Sample): Family[]
  /**
   * What recorders ship of this sample: flat documents, nested keys joined by dots. Default: the sample, flattened,
   * as one document.
   */
  documents?(sample: Sample): readonly Fields[]
  /** What of a sample the journal keeps: enough for `reduce`. Default: all of it. */
  journal?(sample: Sample): unknown
  /** An entry as JSON on disk. Default: as it is. */
  encode?(entry: Entry): unknown
  /** An entry from JSON on disk, its own or of the original program. Throws if it is none. Default: as it is. */
  decode?(json: unknown): Entry
  /**
   * What entries refer to, such as names, kept once in the file beside them: of these entries, and of others whose
   * JSON, as `encode` made it once, stands in the file as it is. Called before a save encodes any.
   */
  encodeShared?(entries: readonly Entry[], texts: readonly string[]): unknown
  /**
   * Takes what entries of a file refer to, beside what it has taken before; undefined where there is none. Throws if
   * it is not lawful.
   */
  decodeShared?(json: unknown): void
  /**
   * Makes ready to take other options while it is read: what of it did not change goes on. What it returns takes them,
   * and does not throw; until that is called, nothing is changed. False when it cannot: it is then closed, and another
   * is made. Throws as its making would.
   */
  reconfigure?(options: unknown): false | (() => void)
  /**
   * Routes of its own beside its history, mounted at the root.
   *
   * @param poller That of this source, for what is made of its history.
   */
  routes?(poller: { query(query: Query): Rows }): Hono
  /** Those routes, for the API's description. */
  readonly docs?: readonly RouteDoc[]
  /** What of it cannot be read now, a sentence each; shown by `/health`. */
  faults?(): readonly string[]
  /**
   * Ends what goes on between two reads, and tells what came of it since the last one; undefined where there is
   * nothing. Called once when its poller stops, before it saves.
   */
  finish?(now: number): Sample | undefined
  /** Frees descriptors and children; called once when its poller stops. */
  close?(): Promise<void> | void
}

/** How a source keeps what its entries refer to. */
export type Shared<Entry> = Pick<Source<never, Entry>, 'encodeShared' | 'decodeShared'>

/** A source of whatever types: for lists of sources, where nobody asks for a sample's shape. */
// biome-ignore lint/suspicious/noExplicitAny: samples and entries are produced and consumed by the source itself
export type AnySource = Source<any, any>
