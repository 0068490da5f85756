/**
 * Treering itself as a source: polls done, failed and late, documents shipped, retried and dropped, memory, CPU.
 *
 * ```ts
 * const self = createSelfSource({ pollers: () => pollers.map((poller) => poller.status()) })
 * const sample = await self.collect(Date.now(), undefined, AbortSignal.timeout(1000))
 * console.log(sample.memory.resident, sample.pollers)
 * ```
 *
 * @module
 */
export { AGGREGATE_NAMES, type SelfRow } from './aggregate.ts'
export type {
  CpuSample,
  PollerNumbers,
  PollerSample,
  RecorderNumbers,
  RecorderSample,
  SelfEntry,
  SelfSample,
  SocketNumbers,
} from './sample.ts'
export { createSelfSource, type SelfSource, type SelfSourceOptions } from './source.ts'
