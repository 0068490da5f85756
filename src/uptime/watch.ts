/**
 * One target being watched: a check on each beat of its own, and what came of it.
 *
 * A beat begins one check and ends it before the next: so every beat gives exactly one result, however slow the
 * target is, and a target that hangs is counted as often as one that answers.
 */
import { formatDuration, hashOf, Ticker } from '../utils/index.ts'
import type { Check, Outcome, Probe } from './probe/probe.ts'
import type { Heartbeats } from './probe/push.ts'
import { stateAfter, successOf, type TargetState, uncheckedState } from './state.ts'
import { isQuiet, type Target } from './target/index.ts'
import { type Health, judge, UNCHECKED } from './verdict.ts'

/** The first check comes within this time, however long the interval is. */
const FIRST_WITHIN_MS = 5000
/** Those that ask how what they depend on is within this time are answered by one check of it. */
const GATHER_MS = 50
/** Spreads what hashes near to one another. Source: Knuth, multiplicative hashing. */
const GOLDEN = 0x9e3779b1

/** Who hears of checks. */
export interface Watcher {
  /** The newest check of a target has ended. */
  checked(watch: Watch, before: TargetState): void
  /** The target that this one depends on. */
  dependency(target: Target): Watch | undefined
}

/** Watches one target. */
export class Watch {
  readonly target: Target
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
  #limit: NodeJS.Timeout | undefined
  #first: NodeJS.Timeout | undefined
  #asking: NodeJS.Timeout | undefined
  #beganAt = Number.NEGATIVE_INFINITY
  #endedAt = Number.NEGATIVE_INFINITY
  #failing = false
  /** Judges the outcome that waits for what this depends on. */
  #settle: (() => void) | undefined
  /** Those that wait for the end of a check of this. */
  #waiting: (() => void)[] = []
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
    this.#phaseMs = ((Math.imul(hashOf(alias), GOLDEN) >>> 0) / 2 ** 32) * intervalMs
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
    const { intervalMs } = this.target
    if (intervalMs <= FIRST_WITHIN_MS) return
    const early = (this.#phaseMs / intervalMs) * FIRST_WITHIN_MS
    this.#first = setTimeout(() => this.#state.checked === null && this.#beat(), early)
  }

  /** Nothing is heard of it any more. */
  stop(): void {
    this.#stopped = true
    this.#ticker.stop()
    clearTimeout(this.#first)
    clearTimeout(this.#asking)
    clearTimeout(this.#limit)
    this.#check?.stop()
    this.#check = undefined
    this.#settle = undefined
    this.#release()
  }

  /** Calls back once a check has ended later than `since` (monotonic ms): the one under way, or one begun for this. */
  whenCheckedSince(since: number, answer: () => void): void {
    if (this.#stopped || this.#endedAt >= since || isQuiet(this.target.quiet, Date.now())) {
      answer()
      return
    }
    this.#waiting.push(answer)
    this.#asking ??= setTimeout(() => {
      this.#asking = undefined
      // Where a check has ended meanwhile, or is under way, nobody needs one more.
      if (this.#waiting.length === 0 || this.#check !== undefined || this.#settle !== undefined) return
      this.#asked = true
      this.#begin()
    }, GATHER_MS)
  }

  #beat(): void {
    if (this.#check !== undefined && !this.#asked) this.#timeOut()
    this.#check?.stop()
    this.#check = undefined
    this.#asked = false
    if (isQuiet(this.target.quiet, Date.now())) {
      this.#failing = false
      this.#keep({ ...this.#health, failures: 0, status: 'napping', reason: 'quiet window' }, undefined)
      return
    }
    this.#begin()
  }

  #begin(): void {
    this.#beganAt = performance.now()
    let ended = false
    const check = this.#probe((outcome) => {
      ended = true
      this.#check = undefined
      this.#conclude(outcome)
    })
    if (ended) return
    this.#check = check
    // Wound up for each check, not made anew; when it goes off after the check has ended, nothing is late.
    if (this.#limit === undefined) this.#limit = setTimeout(() => this.#timeOut(), this.target.timeoutMs)
    else this.#limit.refresh()
  }

  #timeOut(): void {
    const outcome = this.#check?.stop()
    this.#check = undefined
    if (outcome === undefined) return
    const limit = formatDuration(this.target.timeoutMs)
    this.#conclude({ ...outcome, failure: `${outcome.failure} within ${limit}` })
  }

  /** A failure is judged only when it is known how what the target depends on is now. */
  #conclude(outcome: Outcome): void {
    if (this.#stopped) return
    this.#failing = successOf(outcome) === false
    this.#endedAt = performance.now()
    if (this.#asked) {
      this.#asked = false
      this.#release()
      return
    }
    // One before this that still waits is judged by what is known now: results stay in their order.
    this.#settle?.()
    const dependency = this.#failing ? this.#watcher.dependency(this.target) : undefined
    if (dependency === undefined) {
      this.#judge(outcome, undefined)
      return
    }
    const settle = () => {
      if (this.#settle !== settle) return
      this.#settle = undefined
      this.#judge(outcome, dependency.failing ? dependency.target.alias : undefined)
    }
    this.#settle = settle
    dependency.whenCheckedSince(this.#beganAt, settle)
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
    this.#release()
  }

  #release(): void {
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const answer of waiting) answer()
  }
}
