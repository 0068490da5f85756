/** `push`: the target reports itself; silence longer than its grace is a failure. */
import { formatDuration } from '../../utils/index.ts'
import type { Status } from '../status.ts'
import type { Check, Outcome, Probe } from './probe.ts'

/** What a target says of itself. */
export interface Heartbeat {
  /** @default 'healthy' */
  readonly status?: Status
  /** How long its work took, in ms. */
  readonly latencyMs?: number
  /** Why it is not well. */
  readonly reason?: string
}

/** Nothing is under way between two reports. */
const NOTHING: Check = { stop: () => ({ failure: null, blame: 'target', latencyUs: 0, phases: {} }) }

/** The newest report of one target. A check only looks at it. */
export class Heartbeats {
  readonly #graceMs: number
  /** What silence is measured from: the newest report, or the beginning. */
  #since = performance.now()
  #newest: Heartbeat | undefined

  constructor(graceMs: number) {
    this.#graceMs = graceMs
  }

  take(heartbeat: Heartbeat): void {
    this.#newest = heartbeat
    this.#since = performance.now()
  }

  readonly probe: Probe = (done) => {
    done(this.#outcome())
    return NOTHING
  }

  #outcome(): Outcome {
    const silentMs = performance.now() - this.#since
    const { status = 'healthy', latencyMs = 0, reason } = this.#newest ?? {}
    const told = { blame: 'target', latencyUs: Math.round(latencyMs * 1000), phases: {} } as const
    if (silentMs > this.#graceMs) {
      const silent = formatDuration(Math.floor(silentMs / 1000) * 1000)
      const allowed = formatDuration(this.#graceMs)
      return { ...told, latencyUs: 0, failure: `no heartbeat for ${silent}, allowed are ${allowed}` }
    }
    if (this.#newest === undefined)
      return { ...told, failure: 'no heartbeat yet', blame: 'machine', status: 'unknown' }
    if (status === 'healthy') return { ...told, failure: null }
    const failure = reason ?? `says it is ${status}`
    // Bad news of its own is judged like any other failure, with its retries.
    return status === 'unhealthy' || status === 'error' ? { ...told, failure } : { ...told, failure, status }
  }
}
