/**
 * From the outcome of one check to a status. Pure: the same checks give the same statuses, whatever the time between
 * them.
 */
import type { Outcome } from './probe/probe.ts'
import type { Status } from './status.ts'

/** What of the past a verdict needs. */
export interface Health {
  readonly status: Status
  /** Failures since the last success. */
  readonly failures: number
  /** Whether it has succeeded since it is watched. */
  readonly succeeded: boolean
}

/** What a verdict needs beside the outcome. */
export interface Circumstances {
  readonly retries: number
  /** Whether the target is still within its start period. */
  readonly starting: boolean
  /** Why a failure tells nothing of it: what it depends on fails now, or has not answered. */
  readonly blocked: string | undefined
}

/** A target that was never checked. */
export const UNCHECKED: Health = { status: 'unknown', failures: 0, succeeded: false }

/** The health after a check, and the reason when it is not well. */
export function judge(
  before: Health,
  { failure, blame, status, standing }: Outcome,
  { retries, starting, blocked }: Circumstances,
): Health & { readonly reason: string | null } {
  if (failure === null) return { status: status ?? 'healthy', failures: 0, succeeded: true, reason: null }
  // What the target says of itself, or what only tells of this machine, is no failure of the target.
  if (status !== undefined) return { ...before, status, reason: failure }
  if (blame === 'machine') return { ...before, status: 'unknown', reason: failure }
  if (blocked !== undefined) return { ...before, status: 'unknown', reason: `${blocked}: ${failure}` }
  const failures = standing ? Math.max(before.failures, 1) : before.failures + 1
  const after = { ...before, failures, reason: failure }
  if (starting && !before.succeeded) return { ...after, status: 'starting' }
  if (failures > retries) return { ...after, status: 'unhealthy' }
  const kept = before.status === 'napping' ? 'unknown' : before.status
  return { ...after, status: kept, reason: `${failure} (${failures} of ${retries + 1} in a row)` }
}

/** What to say of a failure while what the target depends on fails, or has not been checked since; else undefined. */
export function blockedBy(alias: string, known: boolean, failing: boolean): string | undefined {
  if (known && !failing) return undefined
  return `${alias}, which it depends on, ${known ? 'fails' : 'has not been checked since'}`
}

/** A failure this long after its time limit tells that this program, or its machine, stood still. */
const STOOD_STILL_MS = 250

/** The outcome of a check that ended so long after its time limit: one that failed far behind it is not the target's. */
export function excuse(outcome: Outcome, lateMs: number): Outcome {
  if (outcome.failure === null || lateMs <= STOOD_STILL_MS) return outcome
  const failure = `cannot check: this program stood still (${outcome.failure})`
  return { ...outcome, failure, blame: 'machine' }
}
