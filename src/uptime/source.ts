/** The health of targets as a source of history. */
import { join } from 'node:path'
import type { Fields, Query, Rows, Source } from '../period/index.ts'
import type { Family } from '../prometheus/index.ts'
import { type Log, MetricsError, SILENT } from '../utils/index.ts'
import { aggregateUptime, type UptimeRow } from './aggregate.ts'
import { Changes } from './changes.ts'
import { journalChecks, readChecks } from './checks.ts'
import { uptimeDocuments } from './documents.ts'
import { foldChecks, type UptimeEntry } from './entry.ts'
import { Events } from './events.ts'
import { uptimeFamilies } from './families.ts'
import { Gathering } from './gathering.ts'
import { HeartbeatFile } from './heartbeats.ts'
import { AliasLists } from './lists.ts'
import { type RoutedSource, uptimeDocs, uptimeRoutes } from './routes.ts'
import { UptimeSample } from './sample.ts'
import { Stored } from './stored.ts'
import { Supplied, type Supply } from './supplied.ts'
import type { TargetMap } from './target/index.ts'
import { Targets, type WatchOptions } from './targets.ts'

/** What is watched. */
export interface UptimeOptions extends Omit<WatchOptions, 'targets'> {
  /** Targets by alias, or a function that supplies their statuses. */
  readonly targets: TargetMap | Supply
  /** @default 'uptime' */
  readonly name?: string
  /** Folder of `<name>.events.jsonl` and `<name>.heartbeats.json`; null keeps both in memory alone. @default null */
  readonly dir?: string | null
  /** Hears of every change of status, and at level debug of every check. @default says nothing */
  readonly log?: Log
}

/** The source, and what its routes need. */
export interface UptimeSource extends Source<UptimeSample, UptimeEntry, UptimeRow[]>, RoutedSource {
  readonly name: string
  reduce(entry: UptimeEntry | undefined, sample: UptimeSample): UptimeEntry
  aggregate(entries: readonly UptimeEntry[], query: Query): Rows<UptimeRow[]>
  families(sample: UptimeSample): Family[]
  documents(sample: UptimeSample): Fields[]
  /**
   * Watches these targets from now on; what did not change goes on. A removed target is not checked any more, and
   * keeps its history.
   *
   * @throws MetricsError `invalid`: nothing was changed then.
   */
  update(options: WatchOptions): void
  close(): Promise<void>
}

/**
 * Watches targets. Nothing is opened and no check begun before the first `collect`. Throws `invalid` for targets that
 * are none.
 */
export function createUptime(options: UptimeOptions): UptimeSource {
  const { name = 'uptime', targets, dir = null, log = SILENT } = options
  const events = new Events(dir === null ? null : join(dir, `${name}.events.jsonl`), log)
  const lists = new AliasLists()
  const stored = new Stored(lists)
  const gathering = new Gathering(lists)
  const changes = new Changes(name, events, log)
  const supplied = typeof targets === 'function' ? new Supplied(targets, { gathering, changes }) : undefined
  const watched =
    typeof targets === 'function'
      ? undefined
      : new Targets(name, { ...options, targets }, { gathering, changes, log })
  const heartbeats = new HeartbeatFile(
    dir === null ? null : join(dir, `${name}.heartbeats.json`),
    log,
    () => watched?.heartbeats() ?? {},
  )
  /** A sample, or what the journal kept of one, as it is folded into five rings. */
  let unfolded: { sample: UptimeSample; parts: Parameters<typeof foldChecks>[1] } | undefined
  let loaded = false

  function partsOf(sample: UptimeSample): Parameters<typeof foldChecks>[1] {
    if (sample instanceof UptimeSample) return sample
    const { timestamp } = sample as { timestamp: unknown }
    const checks = readChecks(sample, (aliases) => lists.holding(aliases))
    return { timestamp: Number(timestamp), list: checks.list, checks }
  }

  function load(): void {
    if (loaded) return
    loaded = true
    events.load()
    if (watched !== undefined) watched.restore(heartbeats.open())
  }

  const source: UptimeSource = {
    name,
    params: ['precise'],
    events,
    docs: uptimeDocs(name),
    routes: (poller) => uptimeRoutes(source, poller),
    collect(now) {
      load()
      if (watched === undefined) return supplied!.sample(now)
      watched.start()
      return watched.sample(now)
    },
    reduce(entry, sample) {
      if (unfolded?.sample !== sample) unfolded = { sample, parts: partsOf(sample) }
      return foldChecks(entry, unfolded.parts, lists)
    },
    aggregate: (entries, query) => aggregateUptime(entries, query, displayNameOf),
    families: (sample) => uptimeFamilies(name, sample),
    documents: uptimeDocuments,
    journal: ({ timestamp, checks }) => journalChecks(timestamp, checks),
    encodeShared: (entries, texts) => stored.encodeShared(entries, texts),
    decodeShared: (json) => stored.decodeShared(json),
    encode: (entry) => stored.encode(entry),
    decode: (json) => stored.decode(json),
    faults: () => [
      ...(events.healthy ? [] : ['changes of status cannot be written']),
      ...(heartbeats.healthy ? [] : ['heartbeats cannot be written']),
    ],
    update(changed) {
      if (watched === undefined) throw new TypeError(`cannot update ${name}: its statuses are supplied`)
      watched.prepare(changed)()
    },
    reconfigure(changed) {
      const next = changed as UptimeOptions
      if (watched === undefined || typeof next.targets === 'function') return false
      return watched.prepare({ ...next, targets: next.targets })
    },
    heartbeat(alias, heartbeat = {}) {
      const kind = watched?.kindOf(alias)
      if (kind === undefined) throw new MetricsError('not_found', `no target ${JSON.stringify(alias)}`)
      if (kind !== 'push')
        throw new MetricsError('conflict', `${alias} does not report itself: its address is not push`)
      watched!.heartbeat(alias, heartbeat)
      heartbeats.changed()
    },
    aliases: (kind) => (watched ?? supplied!).aliases(kind),
    watches: (alias) => watched?.kindOf(alias) !== undefined,
    displayNameOf,
    finish(now) {
      if (!watched?.started) return undefined
      watched.stop()
      return watched.sample(now)
    },
    async close() {
      watched?.stop()
      if (loaded) await heartbeats.close()
      await events.close()
    },
  }
  return source

  function displayNameOf(alias: string): string {
    return (watched ?? supplied!).displayNameOf(alias)
  }
}
