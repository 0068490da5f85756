/**
 * What is polled now: a poller for each reader of the configuration, with what serves it.
 *
 * A change of the configuration leaves what did not change alone: its reads, sockets and rings go on, and so do those of a source
 * that takes its new options as it is. What else was removed or changed is stopped, which saves its history; what is new or
 * changed starts, which loads the history its name has.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Hono } from 'hono'
import { type Config, type Reader, TWO_PROCESSES } from './config/index.ts'
import type { CountersFiles } from './counters/index.ts'
import type { OpenedSource, SourceContext, SourceStatus } from './opened.ts'
import {
  type AnyPoller,
  type AnySource,
  type Period,
  Poller,
  type PollerHandler,
  pollerHandler,
  type RouteDoc,
} from './period/index.ts'
import { openSource, optionsOf } from './sources.ts'
import { isSameJson, type Log, MetricsError } from './utils/index.ts'

/** A poller that runs, and what serves it. */
export interface ActiveReader {
  readonly poller: AnyPoller
  readonly handler: PollerHandler
  /** Routes of its own, mounted at the root. */
  readonly routes: Hono | undefined
  /** Counters files that it follows. */
  readonly counters: CountersFiles | undefined
  readonly docs: readonly RouteDoc[]
  /** How it fares beside its polls. */
  readonly status: (() => SourceStatus) | undefined
  /** As it stands in the configuration; undefined for a source of an embedding program. */
  readonly reader: Reader | undefined
}

/** First reads are waited for this long. */
const FIRST_READS_MS = 1000

/** Where histories are kept, and how many periods there are. */
export interface ReadersOptions {
  readonly dir: string
  readonly periods: readonly Period[]
  readonly log: Log
  /** What sources may need of the program. */
  context(): Omit<SourceContext, 'log' | 'dir'>
  /** Called for each poller before it starts: who subscribes then misses no sample. */
  onStart?(poller: AnyPoller, reader: Reader | undefined, shipsItself?: () => boolean): void
}

/** All that is polled. */
export class Readers {
  readonly #options: ReadersOptions
  #active: ReadonlyMap<string, ActiveReader> = new Map()

  constructor(options: ReadersOptions) {
    this.#options = options
  }

  /** In the order of the configuration, an embedding program's sources last. */
  get active(): readonly ActiveReader[] {
    return [...this.#active.values()]
  }

  get pollers(): readonly AnyPoller[] {
    return this.active.map(({ poller }) => poller)
  }

  /**
   * Starts, stops and keeps pollers so that these are what is polled. Returns when each new one has read once, a second later at most.
   *
   * @param onReady Called once nothing can be refused any more, before any poller is stopped or started.
   * @throws MetricsError `conflict` for two sources of one name or two readers of this process, or what opening a source throws: nothing was
   *   changed then. What its start throws: it alone is missing then.
   */
  async apply(
    readers: Config['readers'],
    sources: readonly AnySource[] = [],
    onReady: () => void = () => {},
  ): Promise<void> {
    refuseDuplicates([...Object.keys(readers), ...sources.map(({ name }) => name)])
    refuseTwoProcesses(readers)
    const next = new Map<string, ActiveReader>()
    const opened = new Map<string, OpenedSource>()
    const ready: (() => void)[] = []
    const { log, dir } = this.#options
    const context = { log, dir, ...this.#options.context() }
    const changed = Object.entries(readers).filter(
      ([name, reader]) => !isSameJson(this.#active.get(name)?.reader, reader),
    )
    try {
      for (const [name, reader] of changed) {
        const take = this.#makeReady(name, reader)
        if (take) ready.push(take)
        else opened.set(name, await openSource(name, reader, context))
      }
    } catch (error) {
      for (const { source } of opened.values()) await source.close?.()
      throw error
    }
    // Nothing can be refused any more: only now those that go on take their new options.
    for (const take of ready) take()
    onReady()
    const gone = this.active.filter(({ poller, reader }) =>
      reader === undefined
        ? !sources.includes(poller.source)
        : !(poller.name in readers) || opened.has(poller.name),
    )
    await stopAll(gone, 'its source was changed or removed')
    const failed: unknown[] = []
    for (const [name, reader] of Object.entries(readers)) {
      const fresh = opened.get(name)
      try {
        const kept = () => ({ ...this.#active.get(name)!, reader })
        next.set(name, fresh === undefined ? kept() : this.#start(fresh, reader))
      } catch (error) {
        failed.push(error)
        await fresh?.source.close?.()
      }
    }
    for (const source of sources) {
      try {
        next.set(source.name, this.#active.get(source.name) ?? this.#start({ source }, undefined))
      } catch (error) {
        failed.push(error)
      }
    }
    this.#active = next
    // The first answer has rows: a first read takes some tenths of a second. One that never answers keeps nobody waiting.
    const waited = new AbortController()
    const limit = sleep(FIRST_READS_MS, undefined, { signal: waited.signal }).catch(() => {})
    await Promise.race([Promise.all(this.pollers.map((poller) => poller.firstRead)), limit])
    waited.abort()
    if (failed.length > 0) throw failed[0]
  }

  /** Stops all pollers, which saves their histories. */
  async stop(): Promise<void> {
    await stopAll(this.active)
  }

  /** What lets the source that is read take these options; false where another must be opened. */
  #makeReady(name: string, reader: Reader): false | (() => void) {
    const active = this.#active.get(name)
    if (active?.reader === undefined || active.reader.type !== reader.type) return false
    return active.poller.source.reconfigure?.(optionsOf(reader)) ?? false
  }

  #start(opened: OpenedSource, reader: Reader | undefined): ActiveReader {
    const { source, counters, log, shipsItself, start, status } = opened
    // An embedding program's source brings its own.
    const { routes = source.routes?.bind(source), docs = source.docs ?? [] } = opened
    start?.()
    const poller: AnyPoller = new Poller(source, { ...this.#options, log: log ?? this.#options.log })
    this.#options.onStart?.(poller, reader, shipsItself)
    poller.start()
    const mounted = typeof routes === 'function' ? routes(poller) : routes
    return { poller, handler: pollerHandler(poller), routes: mounted, counters, docs, status, reader }
  }
}

async function stopAll(readers: readonly ActiveReader[], reason?: string): Promise<void> {
  const ends = await Promise.allSettled(
    readers.map(({ poller, handler }) => {
      handler.close(reason)
      return poller.stop()
    }),
  )
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

/** Two sources of one name would write one file. */
function refuseDuplicates(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new MetricsError('conflict', `cannot poll two sources named ${JSON.stringify(twice)}`)
}

function refuseTwoProcesses(readers: Config['readers']): void {
  const [first, second] = Object.keys(readers).filter((name) => readers[name]!.type === 'process')
  if (second !== undefined)
    throw new MetricsError('conflict', `cannot poll readers ${first} and ${second}: ${TWO_PROCESSES}`)
}
