/** What a source of a reader is opened with, and what comes of it. */
import type { Hono } from 'hono'
import type { CountersFiles } from './counters/index.ts'
import type { OwnNumbers } from './http/own.ts'
import type { AnyPoller, AnySource, RouteDoc } from './period/index.ts'
import type { Registry } from './process/index.ts'
import type { Family } from './prometheus/index.ts'
import type { Log } from './utils/index.ts'

/** A source, and what it serves beside its history. */
export interface OpenedSource {
  readonly source: AnySource
  /** Routes of its own, mounted at the root; those that answer from the history are made for its poller. */
  readonly routes?: Hono | ((poller: AnyPoller) => Hono)
  /** Counters files that it follows: those of all readers are served by one set of routes. */
  readonly counters?: CountersFiles
  /** Routes described: its own, and those that readers of its type share. */
  readonly docs?: readonly RouteDoc[]
  /**
   * Called once before its first read, when whatever had its place has stopped: what only one may do at a time begins here, not with opening.
   * Throws where it cannot: it is closed then.
   */
  readonly start?: () => void
  /** How it fares beside its polls, for `/health`. */
  readonly status?: () => SourceStatus
  /** Whether it ships what it records by itself now: its samples are not shipped then. */
  readonly shipsItself?: () => boolean
  /** A log at a level of its own. @default the program's */
  readonly log?: Log
}

/** How a source fares beside its polls. */
export interface SourceStatus {
  /** Whether all is well: `/health` says degraded where it is not. */
  readonly well: boolean
  /** What is told, as JSON. */
  readonly told: object
}

/** What sources may need of the program. */
export interface SourceContext {
  readonly log: Log
  /** Folder of what a source keeps beside its history; null: nothing is kept. */
  readonly dir: string | null
  readonly own: OwnNumbers
  /** What the program records of itself. */
  readonly registry: Registry
  readonly version: string
  readonly flush: Flushes
}

/** Where flushes of the process go. */
export interface Flushes {
  /**
   * Hands families to recorders, with these labels on each point.
   *
   * @param destinations Names of recorders; empty: those that routes send this reader to.
   */
  send(
    reader: string,
    families: readonly Family[],
    labels: Readonly<Record<string, string>>,
    destinations: readonly string[],
    signal: AbortSignal,
  ): Promise<void>
  /** Names that a destination may have: of recorders that ship. */
  recorders(): string[]
  /** Whether settings may be changed over HTTP: a token is wanted. */
  canWrite(): boolean
}
