/**
 * Counters in memory-mapped files, shared with Java (mc4j) and Go (mc4go): write them, read them, poll them.
 *
 * ```ts
 * using writer = createCounters('app.dat', { statics: { version: '1.2' } })
 * using requests = writer.addCounter('requests')
 * requests.increment()
 * joinCounters('app.dat').findCounter('requests')?.increment() // another process or worker
 * using reader = openCounters('app.dat')
 * console.log(reader.getByLabel('requests')?.value) // 2n
 * ```
 *
 * @module
 */

export type { Int64 } from '../utils/index.ts'
export { AGGREGATES, type SeriesPoint, type SeriesRow } from './aggregate.ts'
export { Counter } from './counter.ts'
export { type CreateOptions, createCounters, joinCounters } from './create.ts'
export { countersDirectory, countersPath, listCounters } from './directory.ts'
export { type CountersEntry, MAX_LABELS } from './entry.ts'
export { CountersFiles, type CountersFilesOptions, type FollowedFile, MAX_FILES } from './files.ts'
export { MAX_CAPACITY, MAX_LABEL_BYTES } from './layout.ts'
export {
  countersJson,
  type Dump,
  dumpCounters,
  escapeControls,
  printCounters,
  printScreen,
} from './printer.ts'
export { CountersReader, openCounters, type Reading } from './reader.ts'
export { COUNTERS_DOCS, type CountersRouteDoc } from './routedocs.ts'
export { counterFileRoutes, countersRoutes } from './routes.ts'
export type { CounterSample, CountersSample, FileSample } from './sample.ts'
export { type CountersSource, type CountersSourceOptions, createCountersSource } from './source.ts'
export type { Static } from './statics.ts'
export type { CounterVisitor } from './walk.ts'
export { CountersWriter } from './writer.ts'
