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
export type { PollerNumbers, RecorderNumbers, SelfSample } from './sample.ts'
export { createSelfSource } from './source.ts'
