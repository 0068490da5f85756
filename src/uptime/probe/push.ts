/** `push`: the target reports itself; silence longer than its grace is a failure. */
import { formatDuration } from '../../utils/index.ts'
import { latencyUs } from '../checks.ts'
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

/** A heartbeat as it outlasts the program. */
export interface KeptHeartbeat {
  /** Unix seconds. */
  readonly timestamp: number
  /** Seconds for which it was listened since. */
  readonly silent_s: number
  readonly status: Status
  readonly latency_ms: number
  readonly reason: string | null
}

/** Nothing is under way between two reports. */
const NOTHING: Check = { stop: () => ({ failure: null, blame: 'target', latencyUs: 0, phases: {} }) }
/** Time that passed beside the listening, of which more than this tells that nobody listened. */
const DEAF_MS = 1000

/** The newest report of one target, which is checked as it comes. Later checks look for silence, or tell it again. */
export class Heartbeats {
  readonly #graceMs: number
  /** Monotonic ms from which silence is measured: the newest report, or the beginning. */
  #since = performance.now()
  /** Unix ms of the newest report. */
  #at = 0
  #newest: Heartbeat | undefined
  /** A check told of it. */
  #told = false

  constructor(graceMs: number) {
    this.#graceMs = graceMs
  }

  take(heartbeat: Heartbeat): void {
    this.#newest = heartbeat
    this.#told = false
    this.#at = Date.now()
    this.#since = performance.now()
  }

  /** Goes on from what another has heard of the same target. */
  takeOver(other: Heartbeats): void {
    this.#newest = other.#newest
    this.#at = other.#at
    this.#since = other.#since
  }

  /** Undefined before the first report. */
  kept(): KeptHeartbeat | undefined {
    if (this.#newest === undefined) return undefined
    const { status = 'healthy', latencyMs: latency_ms = 0, reason = null } = this.#newest
    const silent_s = (performance.now() - this.#since) / 1000
    return { timestamp: this.#at / 1000, silent_s, status, latency_ms, reason }
  }

  /** Goes on from what an earlier program has heard, unless the target has reported itself since. */
  restore({ timestamp, silent_s, status, latency_ms, reason }: KeptHeartbeat): void {
    if (this.#newest !== undefined) return
    this.#newest = { status, latencyMs: latency_ms, ...(reason === null ? {} : { reason }) }
    this.#at = timestamp * 1000
    this.#since = performance.now() - silent_s * 1000
  }

  readonly probe: Probe = (done) => {
    const outcome = this.#outcome()
    this.#told = true
    done(outcome)
    return NOTHING
  }

  #outcome(): Outcome {
    const silentMs = performance.now() - this.#since
    const { status = 'healthy', latencyMs = 0, reason } = this.#newest ?? {}
    const nothing = { blame: 'target', latencyUs: 0, phases: {} } as const
    const silence = (ms: number) => `no heartbeat for ${formatDuration(Math.floor(ms / 1000) * 1000)}`
    if (silentMs > this.#graceMs) {
      const allowed = formatDuration(this.#graceMs)
      return { ...nothing, failure: `${silence(silentMs)}, allowed are ${allowed}` }
    }
    const unknown = { ...nothing, blame: 'machine', status: 'unknown' } as const
    if (this.#newest === undefined) return { ...unknown, failure: 'no heartbeat yet' }
    const passedMs = Date.now() - this.#at
    if (passedMs > this.#graceMs && passedMs - silentMs > DEAF_MS)
      return { ...unknown, failure: `${silence(passedMs)}, part of which nobody listened` }
    const standing = this.#told ? ({ standing: true } as const) : {}
    const told = { ...nothing, latencyUs: latencyUs(latencyMs * 1000), ...standing }
    if (status === 'healthy') return { ...told, failure: null }
    const failure = reason ?? `says it is ${status}`
    // Bad news of its own is judged like any other failure, with its retries.
    return status === 'unhealthy' || status === 'error' ? { ...told, failure } : { ...told, failure, status }
  }
}
