/** What a target's health is called. Source: GoDoxy `internal/types`, `HealthStatus`. */

/**
 * In the order of their codes, which are kept in memory. `error` is GoDoxy's (its monitor failed): it is read, counts
 * as unhealthy, and is never found here.
 */
export const STATUSES = ['unknown', 'healthy', 'unhealthy', 'napping', 'starting', 'error'] as const

/**
 * `unknown`: not checked yet, or the check could not tell (what the target depends on is down, this machine has no
 * descriptors left); not counted. `napping`: quiet by plan. `starting`: fails within its start period.
 */
export type Status = (typeof STATUSES)[number]

/** Statuses that have a count of their own: `error` is counted as `unhealthy`. */
export const COUNTED = 5

/** Code of each status: its place in `STATUSES`. */
export const CODE: Readonly<Record<Status, number>> = {
  unknown: 0,
  healthy: 1,
  unhealthy: 2,
  napping: 3,
  starting: 4,
  error: 5,
}

/** The count that a status of this code adds to. */
export function countOf(code: number): number {
  return code === CODE.error ? CODE.unhealthy : code
}

/** One letter a status, by code: how files keep them. */
export const LETTERS = 'khunse'

/** Whether this is a status's word. */
export function isStatus(value: unknown): value is Status {
  return typeof value === 'string' && Object.hasOwn(CODE, value)
}
