/**
 * One check under way: its clock, what it waits for, and what must be freed.
 *
 * However a check ends (success, failure, time limit, target removed) it ends here, once, and all that it holds is
 * freed before anybody hears of it. Its clock is the monotonic one: setting the wall clock makes no latency negative.
 */
import { messageOf } from '../../utils/index.ts'
import type { Check, Outcome, Phase, Phases } from './probe.ts'

/** Facts of a check beside its time. */
type Facts = { -readonly [K in 'httpStatus' | 'certificateExpiry']?: NonNullable<Outcome[K]> }

/** The state of one check. */
export class Attempt implements Check {
  readonly facts: Facts = {}
  readonly #began = performance.now()
  readonly #phases: Phases = {}
  #marked = this.#began
  #waiting: string | (() => string) = 'answer'
  #held: ((gently: boolean) => void)[] = []
  #done: ((outcome: Outcome) => void) | undefined

  constructor(done: (outcome: Outcome) => void) {
    this.#done = done
  }

  /** Whether it has ended: what still arrives is of no interest. */
  get ended(): boolean {
    return this.#done === undefined
  }

  /** What it waits for from now on, as in `no <what> within 5s`. */
  expect(what: string | (() => string)): void {
    this.#waiting = what
  }

  /** The time since the phase before belongs to this one. */
  reach(phase: Phase): void {
    const now = performance.now()
    this.#phases[phase] = (this.#phases[phase] ?? 0) + microseconds(now - this.#marked)
    this.#marked = now
  }

  /** What must be freed when it ends; `gently` lets the other side know where that costs nothing. */
  hold(free: (gently: boolean) => void): void {
    this.#held.push(free)
  }

  /** Goes on with the check; what that throws is this program's fault, and ends it. */
  step(go: () => void): void {
    try {
      go()
    } catch (error) {
      this.fail(`cannot check: ${messageOf(error)}`, { blame: 'machine' })
    }
  }

  succeed(more: Partial<Outcome> = {}, gently = false): void {
    this.#end(null, more, gently)
  }

  fail(failure: string, more: Partial<Outcome> = {}): void {
    this.#end(failure, more, false)
  }

  stop(): Outcome {
    this.#done = undefined
    this.#free(false)
    return this.#outcome(`no ${typeof this.#waiting === 'string' ? this.#waiting : this.#waiting()}`, {})
  }

  #end(failure: string | null, more: Partial<Outcome>, gently: boolean): void {
    const done = this.#done
    if (done === undefined) return
    this.#done = undefined
    const outcome = this.#outcome(failure, more)
    this.#free(gently)
    done(outcome)
  }

  #outcome(failure: string | null, more: Partial<Outcome>): Outcome {
    const latencyUs = microseconds(performance.now() - this.#began)
    return { failure, blame: 'target', latencyUs, phases: this.#phases, ...this.facts, ...more }
  }

  #free(gently: boolean): void {
    for (const free of this.#held) free(gently)
    this.#held = []
  }
}

function microseconds(ms: number): number {
  return Math.max(0, Math.round(ms * 1000))
}
