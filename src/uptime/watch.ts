/**
 * One target being watched: a check on each beat of its own, and what came of it.
 *
 * A beat begins one check, which ends before the next: so every beat gives exactly one result, however slow the
 * target is, and a target that hangs is counted as often as one that answers. Only its time limit cuts a check
 * short: a beat that finds a young one under way, because the clock was set or the first check came late, begins none.
 */
import { formatDuration, Ticker } from '../utils/index.ts'
import { Dependents } from './dependents.ts'
import { firstAfter, phaseOf } from './phase.ts'
import type { Check, Outcome, Probe } from './probe/probe.ts'
import type { Heartbeats } from './probe/push.ts'
import { stateAfter, successOf, type TargetState, uncheckedState } from './state.ts'
import { isQuiet, type Target } from './target/index.ts'
import { blockedBy, excuse, type Health, judge, UNCHECKED } from './verdict.ts'

/** How far timers and beats may be from one another without being late. */
const TIMER_SLACK_MS = 10
/** A check with no more than this part of its interval to go puts the beat off; one with more skips it. */
const NEARLY_DONE = 0.1

/** Who hears of checks. */
export interface Watcher {
  /** The newest check of a target has ended. */
  checked(watch: Watch, before: TargetState): void
  /** The target that this one depends on. */
  dependency(target: Target): Watch | undefined
}

/** Watches one target. */
export class Watch {
  /** Replaced where nothing has changed but what it is called. */
  target: Target
  readonly heartbeats: Heartbeats | undefined
  readonly #probe: Probe
  readonly #watcher: Watcher
  readonly #ticker: Ticker
  readonly #phaseMs: number
  readonly #startedAt = performance.now()
  #state: TargetState
  #health: Health = UNCHECKED
  #check: Check | undefined
  /**
   * The check under way was begun for one that depends on this: it is not counted, or the times when others fail
   * would weigh more.
   */
  #asked = false
  /** A beat waits for the end of the check under way. */
  #due = false
  #limit: NodeJS.Timeout | undefined
  #first: NodeJS.Timeout | undefined
  #beganAt = Number.NEGATIVE_INFINITY
  /** The same by the wall clock, which also runs while the machine sleeps. */
  #beganWallMs = 0
  #endedAt = Number.NEGATIVE_INFINITY
  #failing = false
  /** It has reported itself since the newest beat. */
  #reported = false
  /** Judges the outcome that waits for what this depends on. */
  #settle: (() => void) | undefined
  /** Those that wait for the end of a check of this. */
  readonly #dependents = new Dependents(() => this.#checkForOthers())
  #stopped = false

  constructor(
    target: Target,
    made: { probe: Probe; heartbeats?: Heartbeats },
    watcher: Watcher,
    now: number,
  ) {
    this.target = target
    this.#probe = made.probe
    this.heartbeats = made.heartbeats
    this.#watcher = watcher
    const { alias, intervalMs } = target
    this.#phaseMs = phaseOf(alias, intervalMs)
    this.#ticker = new Ticker(intervalMs, () => this.#beat(), this.#phaseMs)
    this.#state = uncheckedState(now)
  }

  get state(): TargetState {
    return this.#state
  }

  /** Whether its newest check failed, also one that was not counted. */
  get failing(): boolean {
    return this.#failing
  }

  start(): void {
    this.#ticker.start()
    const early = firstAfter(this.#phaseMs, this.target.intervalMs)
    if (early === null) return
    this.#first = setTimeout(() => {
      const underWay = (this.#check !== undefined && !this.#asked) || this.#settle !== undefined
      if (this.#state.checked === null && !underWay) this.#beat()
    }, early)
  }

  /** Nothing is heard of it any more. */
  stop(): void {
    this.#stopped = true
    this.#ticker.stop()
    clearTimeout(this.#first)
    clearTimeout(this.#limit)
    this.#check?.stop()
    this.#check = undefined
    this.#settle = undefined
    this.#dependents.stop()
  }

  /** Whether a check has ended later than `since` (monotonic ms). In a quiet window there is none to wait for. */
  isKnownSince(since: number): boolean {
    return !this.#stopped && (this.#endedAt >= since || isQuiet(this.target.quiet, Date.now()))
  }

  /**
   * Calls back once a check has ended later than `since` (monotonic ms): the one under way, or one begun for this; or
   * when it is watched no more.
   */
  whenCheckedSince(since: number, answer: () => void): void {
    if (this.#stopped || this.isKnownSince(since)) answer()
    else this.#dependents.wait(answer)
  }

  /** It has reported itself: that is a check, told and counted as it comes. In a quiet window it is kept for its end. */
  report(): void {
    if (this.#stopped || isQuiet(this.target.quiet, Date.now())) return
    this.#drop()
    this.#begin()
    this.#reported = true
  }

  #checkForOthers(): void {
    if (this.#check !== undefined || this.#settle !== undefined) return
    this.#asked = true
    this.#begin()
  }

  #beat(): void {
    if (isQuiet(this.target.quiet, Date.now())) {
      this.#nap()
      return
    }
    this.#due = false
    if (this.#check !== undefined && !this.#asked) {
      const { intervalMs, timeoutMs } = this.target
      const leftMs = timeoutMs - (performance.now() - this.#beganAt)
      if (leftMs > TIMER_SLACK_MS) {
        this.#due = leftMs <= intervalMs * NEARLY_DONE
        return
      }
      this.#timeOut()
    }
    this.#drop()
    this.#begin()
  }

  #nap(): void {
    this.#drop()
    // What still waits was found before the window: nobody hears of it inside.
    this.#settle = undefined
    this.#failing = false
    this.#keep({ ...this.#health, failures: 0, status: 'napping', reason: 'quiet window' }, undefined)
  }

  /** Ends the check under way without a result. */
  #drop(): void {
    this.#check?.stop()
    this.#check = undefined
    this.#asked = false
    this.#due = false
  }

  #begin(): void {
    this.#due = false
    if (this.#stopped) return
    this.#beganAt = performance.now()
    this.#beganWallMs = Date.now()
    let ended = false
    const check = this.#probe((outcome) => {
      ended = true
      this.#end(outcome)
    })
    if (ended) return
    this.#check = check
    // Wound up for each check, not made anew; when it goes off after the check has ended, nothing is late.
    if (this.#limit === undefined) this.#limit = setTimeout(() => this.#timeOut(), this.target.timeoutMs)
    else this.#limit.refresh()
  }

  #timeOut(): void {
    const outcome = this.#check?.stop()
    if (outcome === undefined) return
    const limit = formatDuration(this.target.timeoutMs)
    this.#end({ ...outcome, failure: `${outcome.failure} within ${limit}` })
  }

  #end(outcome: Outcome): void {
    this.#check = undefined
    const tookMs = Math.max(performance.now() - this.#beganAt, Date.now() - this.#beganWallMs)
    this.#conclude(excuse(outcome, tookMs - this.target.timeoutMs))
    if (this.#due) this.#begin()
  }

  /** A failure is judged only when it is known how what the target depends on is now. */
  #conclude(outcome: Outcome): void {
    if (this.#stopped) return
    this.#failing = successOf(outcome) === false
    this.#endedAt = performance.now()
    // A report was counted as it came: one in each interval weighs as much as the silence of an interval.
    const uncounted = this.#asked || (this.#reported && outcome.standing === true)
    if (!this.#asked) this.#reported = false
    if (uncounted) {
      this.#asked = false
      this.#dependents.answer()
      return
    }
    // One before this that still waits is judged by what is known now: results stay in their order.
    this.#settle?.()
    const dependency = this.#failing ? this.#watcher.dependency(this.target) : undefined
    if (dependency === undefined) {
      this.#judge(outcome, undefined)
      return
    }
    const since = this.#beganAt
    const settle = () => {
      if (this.#settle !== settle) return
      this.#settle = undefined
      const known = dependency.isKnownSince(since)
      this.#judge(outcome, blockedBy(dependency.target.alias, known, dependency.failing))
    }
    this.#settle = settle
    dependency.whenCheckedSince(since, settle)
  }

  #judge(outcome: Outcome, blocked: string | undefined): void {
    const { retries, startPeriodMs } = this.target
    const starting = performance.now() - this.#startedAt < startPeriodMs
    this.#keep(judge(this.#health, outcome, { retries, starting, blocked }), outcome)
  }

  #keep(health: Health & { readonly reason: string | null }, outcome: Outcome | undefined): void {
    const before = this.#state
    this.#health = health
    this.#state = stateAfter(before, health, outcome, Date.now())
    this.#watcher.checked(this, before)
    this.#dependents.answer()
  }
}
