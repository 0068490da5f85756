/**
 * History of anything polled: a `Source` is read by a `Poller`, which keeps five rings of it.
 *
 * @module
 */
export type { Query, Rows, Source, StatName } from './source.ts'
export { SOURCE_NAME } from './source.ts'
export { foldStat, isStat, readStat, type Stat, statOf } from './stat.ts'
