/**
 * How late the event loop is, and how busy.
 *
 * Lateness is what a timer that should fire every so often comes late by. A timer every 10 ms, which is Node's default, wakes a
 * program at rest a hundred times a second and costs it 0.29 s of CPU a minute, forty times what it does else (measured: 20 ms 0.15 s,
 * 250 ms 0.013 s, 1 s nothing that can be seen). So the loop is looked at once a second while it is at rest, and every 20 ms while it is
 * busy, when it is awake anyway. A single stall in a second of rest is seen only if the timer is due in it; `utilization` tells of it always,
 * and the next second is watched closely.
 */
import {
  type EventLoopUtilization,
  type IntervalHistogram,
  monitorEventLoopDelay,
  performance,
} from 'node:perf_hooks'

const AT_REST_MS = 1000
const BUSY_MS = 20
/** Share of time above which the loop is busy; below half of it it is at rest. */
const BUSY_SHARE = 0.05

/** Share of time below which there is nothing to tell. */
const REST_SHARE = 0.02

/** The event loop in the time since the last look. */
export interface EventLoopSample {
  /**
   * Milliseconds that half of all timers came late by at most. Where none was due since the last look, it is that of the look before;
   * null before the first.
   */
  readonly delay_p50_ms: number | null
  readonly delay_p99_ms: number | null
  readonly delay_max_ms: number | null
  /** Share of time in which it was not waiting, 0…1. */
  readonly utilization: number
}

/** Watches the event loop until it is closed. */
export class EventLoopWatch {
  #resolutionMs = AT_REST_MS
  #delays: IntervalHistogram
  #late: Omit<EventLoopSample, 'utilization'> = { delay_p50_ms: null, delay_p99_ms: null, delay_max_ms: null }
  #before: EventLoopUtilization = performance.eventLoopUtilization()

  constructor() {
    this.#delays = watchDelays(AT_REST_MS)
  }

  /** What was since the last call. */
  take(): EventLoopSample {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, this.#before)
    this.#before = now
    if (this.#delays.count > 0) {
      const late = (ns: number) => Math.max(0, Math.round(ns / 1e3 - this.#resolutionMs * 1e3) / 1e3)
      this.#late = {
        delay_p50_ms: late(this.#delays.percentile(50)),
        delay_p99_ms: late(this.#delays.percentile(99)),
        delay_max_ms: late(this.#delays.max),
      }
    }
    this.#adapt(utilization)
    return { ...this.#late, utilization: Math.round(utilization * 1e4) / 1e4 }
  }

  /** Whether it had next to nothing to do since the last `take`. */
  get atRest(): boolean {
    return performance.eventLoopUtilization(this.#before).utilization < REST_SHARE
  }

  close(): void {
    this.#delays.disable()
  }

  #adapt(utilization: number): void {
    const resolutionMs =
      utilization > BUSY_SHARE ? BUSY_MS : utilization < BUSY_SHARE / 2 ? AT_REST_MS : this.#resolutionMs
    if (resolutionMs === this.#resolutionMs) {
      // Node measures from the first timer after a reset to the second: one that saw nothing yet goes on.
      if (this.#delays.count > 0) this.#delays.reset()
      return
    }
    this.#delays.disable()
    this.#resolutionMs = resolutionMs
    this.#delays = watchDelays(resolutionMs)
  }
}

function watchDelays(resolution: number): IntervalHistogram {
  const delays = monitorEventLoopDelay({ resolution })
  delays.enable()
  return delays
}
