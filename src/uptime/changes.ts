/** Tells changes of status: once in the log, once among the events. */
import { formatDuration, type Log } from '../utils/index.ts'
import type { Events } from './events.ts'
import type { TargetState } from './state.ts'
import type { Status } from './status.ts'

interface Told {
  readonly status: Status
  /** Unix ms at which it began; null when that was before this run. */
  since: number | null
  /** Unix ms of the newest change that the run before kept; null when it was this run that saw it begin. */
  readonly changed: number | null
}

/** Compares every state with the one before. */
export class Changes {
  readonly #events: Events
  readonly #log: Log
  readonly #source: string
  /** What was last said of each target, also by the run before this one; undefined before it is needed. */
  #told: Map<string, Told> | undefined
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
    this.#told ??= new Map(
      [...this.#events.lastKnown()].map(([told, { to: status, timestamp }]) => [
        told,
        { status, since: null, changed: timestamp * 1000 },
      ]),
    )
    const from = this.#told.get(alias)
    if (from?.status === now.status) {
      // It was so in the run before; since when nobody counted.
      from.since ??= now.since
      return
    }
    this.#told.set(alias, { status: now.status, since: now.since, changed: null })
    // A target that is new and well is no news.
    if (from === undefined && now.status === 'healthy') return
    const { since = null } = from ?? {}
    this.#add(alias, from?.status ?? 'unknown', now, since === null ? null : Math.max(0, now.since - since))
  }

  /** The state with the time at which it began also where that was before this run: a restart ends no outage. */
  dated(alias: string, state: TargetState): TargetState {
    const { status, changed = null } = this.#told?.get(alias) ?? {}
    if (changed === null || status !== state.status || changed >= state.since) return state
    return { ...state, since: changed }
  }

  /** This target is watched no more: if it comes back it is a new one. */
  forget(alias: string): void {
    this.#seen.delete(alias)
    this.#told?.delete(alias)
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
