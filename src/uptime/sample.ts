/** The health of all targets at one moment: what is answered without a period, and what is folded into the history. */
import type { Checks } from './checks.ts'
import type { AliasList } from './lists.ts'
import type { Phases } from './probe/probe.ts'
import type { TargetState } from './state.ts'
import type { Status } from './status.ts'
import type { Kind } from './target/index.ts'

/** What of a target is told beside its state. */
export interface TargetFacts {
  readonly alias: string
  readonly displayName: string
  readonly group: string | undefined
  /** How it is checked; null for one that an embedding program supplies. */
  readonly kind: Kind | null
  /** Its address without a password; null for one that an embedding program supplies. */
  readonly address: string | null
}

/** One target in the newest sample. The first three keys are the original's. Source: GoDoxy `HealthInfoWithoutDetail`. */
export interface TargetStatus {
  readonly status: Status
  /** Nanoseconds since it became healthy; 0 while it is not. Differs from GoDoxy: there it is the age of the monitor. */
  readonly uptime: number
  /** Nanoseconds of the newest check. */
  readonly latency: number
  readonly display_name: string
  readonly group: string | null
  readonly address: string | null
  /** Unix seconds at which the status began. */
  readonly since: number
  /** Unix seconds at which the newest check ended; null before the first. */
  readonly checked: number | null
  /** Why it is not healthy; null when it is, or was not checked yet. */
  readonly reason: string | null
  /** Milliseconds of the newest check by phase. */
  readonly phases_ms: Readonly<Phases>
  /** Of the newest answer over HTTP; null where there is none. */
  readonly http_status: number | null
  /** Days until the certificate expires, negative when it has; null where there is none. */
  readonly certificate_days: number | null
}

/** The JSON of a sample. */
export interface UptimeJson {
  /** Unix seconds. */
  readonly timestamp: number
  readonly statuses: Readonly<Record<string, TargetStatus>>
}

/** One moment. Its JSON is made when it is asked for: most samples are only folded. */
export class UptimeSample implements UptimeJson {
  readonly timestamp: number
  /** All targets of this moment, sorted by alias. */
  readonly list: AliasList
  readonly facts: readonly TargetFacts[]
  readonly states: readonly TargetState[]
  /** The checks that ended since the sample before. */
  readonly checks: Checks
  readonly #nowMs: number

  constructor(
    nowMs: number,
    targets: { list: AliasList; facts: readonly TargetFacts[]; states: readonly TargetState[] },
    checks: Checks,
  ) {
    this.#nowMs = nowMs
    // Source: GoDoxy's timestamps are whole seconds.
    this.timestamp = Math.floor(nowMs / 1000)
    this.list = targets.list
    this.facts = targets.facts
    this.states = targets.states
    this.checks = checks
  }

  get statuses(): Record<string, TargetStatus> {
    return Object.fromEntries(
      this.facts.map((facts, place) => [facts.alias, this.#told(facts, this.states[place]!)]),
    )
  }

  toJSON(): UptimeJson {
    return { timestamp: this.timestamp, statuses: this.statuses }
  }

  #told({ displayName, group, address }: TargetFacts, state: TargetState): TargetStatus {
    const { status, since, checked, latencyUs, phases, reason, httpStatus, certificateExpiry } = state
    const expiryMs = certificateExpiry === undefined ? null : certificateExpiry * 1000 - this.#nowMs
    return {
      status,
      uptime: status === 'healthy' ? Math.max(0, this.#nowMs - since) * 1e6 : 0,
      latency: latencyUs * 1000,
      display_name: displayName,
      group: group ?? null,
      address,
      since: since / 1000,
      checked: checked === null ? null : checked / 1000,
      reason,
      phases_ms: Object.fromEntries(Object.entries(phases).map(([phase, us]) => [phase, us / 1000])),
      http_status: httpStatus ?? null,
      certificate_days: expiryMs === null ? null : Math.floor(expiryMs / 864_000) / 100,
    }
  }
}
