/**
 * History of anything polled: a `Source` is read by a `Poller`, which keeps five rings of it, on disk too.
 *
 * ```ts
 * const queue = new Poller({
 *   name: 'queue',
 *   collect: async (now) => ({ timestamp: now / 1000, depth: await q.depth() }),
 *   aggregate: (entries) => ({ total: entries.length, data: entries }),
 * }).start()
 * app.get('/metrics/queue', pollerHandler(queue).handle)
 * ```
 *
 * @module
 */
export type { Answer } from './answers.ts'
export { headerOf, notModified, type PollerHandler, pollerHandler, type RequestEnv } from './handler.ts'
export { checkSource } from './lawful.ts'
export type { PollerOptions, PollerStatus } from './options.ts'
export { PERIODS, type Period, SLOTS, withPeriods } from './periods.ts'
export { type AnyPoller, Poller } from './poller.ts'
export { cutRows } from './query.ts'
export {
  type AnySource,
  type Fields,
  type Query,
  type RouteDoc,
  type Rows,
  SOURCE_NAME,
  SOURCE_NAME_RULE,
  type Source,
  type StatName,
} from './source.ts'
export { foldStat, isStat, readStat, type Stat, statOf } from './stat.ts'
export { ColumnBuilder, Columns, Statistics } from './statistics.ts'
export { MAX_BUFFERED_BYTES, PING_EVERY_MS, type StreamSocket } from './stream.ts'
