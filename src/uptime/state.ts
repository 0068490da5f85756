/** A target as its newest check left it. */
import type { Outcome, Phases } from './probe/probe.ts'
import type { Status } from './status.ts'
import type { Health } from './verdict.ts'

/** Never changed, only replaced: samples keep it. */
export interface TargetState {
  readonly status: Status
  /** Unix ms at which the status began. */
  readonly since: number
  /** Unix ms at which the newest check ended; null before the first. */
  readonly checked: number | null
  readonly latencyUs: number
  readonly phases: Phases
  /**
   * Whether the newest check succeeded; null where it said nothing about the target, and where there was none, as in
   * a quiet window.
   */
  readonly success: boolean | null
  /** Why it is not healthy; null when it is, and before the first check. */
  readonly reason: string | null
  readonly httpStatus?: number
  /** Unix seconds. */
  readonly certificateExpiry?: number
}

/** A target that was never checked, at this time (Unix ms). */
export function uncheckedState(now: number): TargetState {
  return {
    status: 'unknown',
    since: now,
    checked: null,
    latencyUs: 0,
    phases: {},
    success: null,
    reason: null,
  }
}

/** The state after a check, or without an outcome after a beat on which there was none. */
export function stateAfter(
  before: TargetState,
  { status, reason }: Health & { readonly reason: string | null },
  outcome: Outcome | undefined,
  now: number,
): TargetState {
  return {
    status,
    since: status === before.status ? before.since : now,
    checked: now,
    latencyUs: outcome?.latencyUs ?? 0,
    phases: outcome?.phases ?? {},
    success: outcome === undefined ? null : successOf(outcome),
    reason,
    ...(outcome?.httpStatus === undefined ? {} : { httpStatus: outcome.httpStatus }),
    ...(outcome?.certificateExpiry === undefined ? {} : { certificateExpiry: outcome.certificateExpiry }),
  }
}

/** Null where an outcome says nothing about its target, or the target says that it naps, starts or does not know. */
export function successOf({ failure, blame, status }: Outcome): boolean | null {
  if (failure === null) return true
  return blame === 'machine' || status !== undefined ? null : false
}
