/**
 * The contract of what gives instances of one job their numbers.
 *
 * A number is held on a lease, which each heartbeat renews. At any time one live instance alone holds a number; the smallest free one is
 * given; one whose lease has ended, or that was given back, is free at once.
 */
import { MetricsError } from '../../../utils/index.ts'
import type { TaskIdentity } from '../target.ts'

/** Source: luci-go, whose housekeeping takes a number back after 30 minutes of silence: thirty flushes. */
export const DEFAULT_LEASE_MS = 1_800_000
/** Numbers of one identity. */
export const MAX_TASKS = 10_000

/** There is no number for this instance now. Not a fault: it asks again when its next flush is due. */
export class NoTaskNumberError extends MetricsError {
  constructor(reason: string) {
    super('unavailable', `no task number: ${reason}`)
  }
}

/** Gives numbers and takes them back. */
export interface TaskNumAllocator {
  /** How long a number stays with an instance that is silent. */
  readonly leaseMs: number
  /**
   * Heartbeat and question in one: the number of this instance now, 0 …
   *
   * An instance is its id: two processes that use one id at a time are one instance.
   *
   * Rejects with `NoTaskNumberError` exactly once after a lease was lost, even where the number is free: whoever counts starts anew then. Rejects
   * with anything else when nobody can be asked: the number that was given is still held until its lease ends.
   *
   * @param signal Aborted when nobody waits for the answer any more.
   */
  notifyTaskIsAlive(task: TaskIdentity, instanceId: string, signal: AbortSignal): Promise<number>
  /** Gives the number back, if there is one: the next instance may have it at once. */
  release?(task: TaskIdentity, instanceId: string, signal: AbortSignal): Promise<void>
  /** Frees connections. */
  close?(): Promise<void>
}

/** The smallest number from 0 that is not among these. */
export function smallestFree(used: Iterable<number>): number {
  const taken = new Set(used)
  let number = 0
  while (taken.has(number)) number++
  return number
}

/** @throws MetricsError `full` when there is no number left. */
export function withinLimit(number: number): number {
  if (number < MAX_TASKS) return number
  throw new MetricsError('full', `cannot give a task number: all ${MAX_TASKS} are held`)
}
