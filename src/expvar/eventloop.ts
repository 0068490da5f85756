/** What V8 and the event loop tell that Go has no names for. */
import {
  type EventLoopUtilization,
  type IntervalHistogram,
  monitorEventLoopDelay,
  performance,
} from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'

/** A probe this often costs some tenths of a permille of a core; any longer block of the loop falls on one. */
const PROBE_MS = 100
const NS_PER_MS = 1e6

/** Watches the event loop from the first time it is asked until it is closed: nobody pays for what nobody reads. */
export class EventLoop {
  #delays: IntervalHistogram | undefined
  #closed = false
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()

  /**
   * Bytes, milliseconds, and a ratio of 0 to 1; delays and utilisation are those since the call before, delays 0 at the first. A
   * delay is how much later than planned the loop came round.
   */
  read(): Readonly<Record<string, number>> {
    const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage()
    const utilization = performance.eventLoopUtilization()
    const since = performance.eventLoopUtilization(utilization, this.#utilization)
    this.#utilization = utilization
    const delays = this.#watch()
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
    this.#delays?.disable()
    this.#closed = true
  }

  #watch(): IntervalHistogram {
    if (this.#delays === undefined) {
      this.#delays = monitorEventLoopDelay({ resolution: PROBE_MS })
      if (!this.#closed) this.#delays.enable()
    }
    return this.#delays
  }
}
