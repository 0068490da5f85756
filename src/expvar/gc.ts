/** Pauses of V8's garbage collection, kept as Go keeps its own. */
import { PerformanceObserver, performance } from 'node:perf_hooks'

/** Pauses kept. Source: Go `runtime.MemStats.PauseNs [256]uint64`. */
const KEPT = 256
const NS_PER_MS = 1e6

/**
 * Counts pauses from its making until it is closed. Each is one `gc` entry of Node's performance timeline: a scavenge, a
 * mark-sweep, or a step of an incremental one.
 */
export class GcPauses {
  /** Pauses so far. */
  count = 0
  totalNs = 0
  /** A ring: the newest is at `(count + 255) % 256`; 0 where there was none yet. */
  readonly pauseNs: number[] = new Array(KEPT).fill(0)
  /** Nanoseconds since 1970, in the same places. */
  readonly pauseEnd: bigint[] = new Array(KEPT).fill(0n)
  readonly #observer: PerformanceObserver
  #seen = 0

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) this.#add(startTime, duration)
    })
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  /** When the newest ended, in nanoseconds since 1970; 0 before the first. */
  get lastEnd(): bigint {
    return this.count === 0 ? 0n : this.pauseEnd[newest(this.count)]!
  }

  /** The newest pause if it came since the last call, else 0. */
  takeNewestNs(): number {
    const ns = this.count === this.#seen ? 0 : this.pauseNs[newest(this.count)]!
    this.#seen = this.count
    return ns
  }

  close(): void {
    this.#observer.disconnect()
  }

  #add(startMs: number, durationMs: number): void {
    const ns = Math.round(durationMs * NS_PER_MS)
    this.count++
    this.totalNs += ns
    const at = newest(this.count)
    this.pauseNs[at] = ns
    // In microseconds a time since 1970 is still exact in a double.
    const endMicros = Math.round((performance.timeOrigin + startMs + durationMs) * 1000)
    this.pauseEnd[at] = BigInt(endMicros) * 1000n
  }
}

function newest(count: number): number {
  return (count + KEPT - 1) % KEPT
}
