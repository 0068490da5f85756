/** What V8 and the event loop tell that Go has no names for. */
import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'

/** A probe this often: ten a second cost nothing that can be measured, and any block of the loop falls on one. */
const PROBE_MS = 100
const NS_PER_MS = 1e6

/** Watches the event loop from its making until it is closed. */
export class EventLoop {
  readonly #delays = monitorEventLoopDelay({ resolution: PROBE_MS })
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()

  constructor() {
    this.#delays.enable()
  }

  /**
   * Bytes, milliseconds, and a ratio of 0 to 1; delays and utilisation are those since the call before. A delay is how much
   * later than planned the loop came round.
   */
  read(): Readonly<Record<string, number>> {
    const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage()
    const utilization = performance.eventLoopUtilization()
    const since = performance.eventLoopUtilization(utilization, this.#utilization)
    this.#utilization = utilization
    const delays = this.#delays
    const delay = (ns: number) =>
      delays.count === 0 ? 0 : Math.max(0, Math.round((ns / NS_PER_MS - PROBE_MS) * 1000) / 1000)
    const read = {
      active_resources: process.getActiveResourcesInfo().length,
      array_buffers: arrayBuffers,
      event_loop_delay_max_ms: delay(delays.max),
      event_loop_delay_p50_ms: delay(delays.percentile(50)),
      event_loop_delay_p99_ms: delay(delays.percentile(99)),
      event_loop_utilization: since.utilization,
      external,
      heap_limit: getHeapStatistics().heap_size_limit,
      heap_total: heapTotal,
      heap_used: heapUsed,
      rss,
    }
    delays.reset()
    return read
  }

  close(): void {
    this.#delays.disable()
  }
}
