/** The clocks of a task, and its timers: one seam, so that a test can let hours pass. */
import { uptime } from 'node:os'

/** Time as a task sees it. */
export interface Clock {
  /** Unix milliseconds: to be shown, never to be counted with. */
  now(): number
  /** Milliseconds that no step of the wall clock touches: schedules and time limits. */
  monotonic(): number
  /**
   * Milliseconds that also pass while the machine sleeps: leases, which others count meanwhile.
   * Source: clock_gettime(2), CLOCK_BOOTTIME, which `os.uptime` reads where there is one.
   */
  boottime(): number
  /** Calls back once after this time; the returned function forgets it. Does not keep the process alive. */
  timer(ms: number, callback: () => void): () => void
}

/** This machine's clocks. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  boottime: () => uptime() * 1000,
  timer(ms, callback) {
    const timer = setTimeout(callback, ms).unref()
    return () => clearTimeout(timer)
  },
}
