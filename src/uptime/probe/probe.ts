/** What every kind of probe is: something that checks once, tells how it went, and leaves nothing open. */
import type { Status } from '../status.ts'

/** Parts of a check's time, in the order in which they come. */
export type Phase = 'dns' | 'connect' | 'tls' | 'first_byte' | 'transfer' | 'rtt'

/** Microseconds by phase; a phase that the check did not reach, or has not, is missing. Redirects add up. */
export type Phases = { [K in Phase]?: number }

/** How a check went. */
export interface Outcome {
  /** Why it failed, a short sentence; null when it succeeded. */
  readonly failure: string | null
  /** Whose fault a failure is: of the target, or of this machine, which then says nothing about the target. */
  readonly blame: 'target' | 'machine'
  /** Microseconds from the beginning to the end; for `icmp` the round trip, for `push` what the target said. */
  readonly latencyUs: number
  readonly phases: Phases
  /** Of the last answer over HTTP. */
  readonly httpStatus?: number
  /** Unix seconds at which the first certificate of the target's chain expires. */
  readonly certificateExpiry?: number
  /** Given by a target that reports itself: stands whatever the rest says. */
  readonly status?: Status
  /** It tells a report that was told before, and still stands: a failure is no further one. */
  readonly standing?: true
}

/** A check under way. */
export interface Check {
  /**
   * Ends it at once, frees what it holds, and tells how far it came: `failure` says what it was waiting for. `done`
   * is not called any more.
   */
  stop(): Outcome
}

/** Checks once. Calls `done` once, maybe before it returns; never throws. */
export type Probe = (done: (outcome: Outcome) => void) => Check
