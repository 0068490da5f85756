/** Tells changes of status: once in the log, once among the events. */
import { formatDuration, type Log } from '../utils/index.ts'
import type { Events } from './events.ts'
import type { TargetState } from './state.ts'
import type { Status } from './status.ts'

/** Compares every state with the one before. */
export class Changes {
  readonly #events: Events
  readonly #log: Log
  readonly #source: string
  /** What was last said of each target, also by the run before this one; undefined before it is needed. */
  #told: Map<string, Status> | undefined
  /** Targets of which this run knows more than `unknown`. */
  readonly #seen = new Set<string>()

  constructor(source: string, events: Events, log: Log) {
    this.#source = source
    this.#events = events
    this.#log = log
  }

  /** The target's newest check made this of it. */
  tell(alias: string, before: TargetState, now: TargetState): void {
    if (before.status === now.status && before.checked !== null) return
    const seen = this.#seen.has(alias)
    // At a start nothing is known yet: that is no change.
    if (now.status === 'unknown' && !seen) return
    this.#seen.add(alias)
    this.#told ??= this.#events.lastKnown()
    const from = this.#told.get(alias)
    if (from === now.status) return
    this.#told.set(alias, now.status)
    // A target that is new and well is no news.
    if (from === undefined && now.status === 'healthy') return
    this.#add(alias, from ?? 'unknown', now, seen ? Math.max(0, now.since - before.since) : null)
  }

  /** Says no more of this target until it is back. */
  forget(alias: string): void {
    this.#seen.delete(alias)
  }

  #add(
    alias: string,
    from: Status,
    { status: to, reason, since }: TargetState,
    afterMs: number | null,
  ): void {
    const after_s = afterMs === null ? null : afterMs / 1000
    this.#events.add({ timestamp: since / 1000, alias, from, to, reason, after_s })
    const before =
      afterMs === null ? '' : `, it was ${from} for ${formatDuration(Math.floor(afterMs / 1000) * 1000)}`
    const text = `${alias} is ${to}${reason === null ? '' : `: ${reason}`}${before}`
    const fields = { source: this.#source, target: alias, from, to, reason }
    if (to === 'unhealthy' || to === 'error') this.#log.warn(fields, text)
    else this.#log.info(fields, text)
  }
}
