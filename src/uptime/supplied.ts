/** Statuses that an embedding program supplies, such as a reverse proxy that knows which of its routes nap. */
import { MetricsError } from '../utils/index.ts'
import type { Changes } from './changes.ts'
import { latencyUs } from './checks.ts'
import type { Gathering } from './gathering.ts'
import type { TargetFacts, UptimeSample } from './sample.ts'
import { type TargetState, uncheckedState } from './state.ts'
import { isStatus, type Status } from './status.ts'
import { type Kind, MAX_TARGETS } from './target/index.ts'

/** Characters of a supplied alias. */
const MAX_ALIAS = 256

/** One target's health as its owner knows it. */
export interface SuppliedStatus {
  readonly status: Status
  /** @default 0 */
  readonly latencyMs?: number
  /** Why it is not healthy. */
  readonly reason?: string
  /** @default its alias */
  readonly displayName?: string
  readonly group?: string
}

/** Tells all targets by alias; asked once for each sample. */
export type Supply = () =>
  | Readonly<Record<string, SuppliedStatus>>
  | Promise<Readonly<Record<string, SuppliedStatus>>>

/** Takes what is supplied as one check of each target. */
export class Supplied {
  readonly #supply: Supply
  readonly #gathering: Gathering
  readonly #changes: Changes
  #states = new Map<string, TargetState>()
  #facts = new Map<string, TargetFacts>()

  constructor(supply: Supply, parts: { gathering: Gathering; changes: Changes }) {
    this.#supply = supply
    this.#gathering = parts.gathering
    this.#changes = parts.changes
  }

  /** @throws MetricsError `invalid` for a status that is none, and what the function throws. */
  async sample(now: number): Promise<UptimeSample> {
    const given = await this.#supply()
    const aliases = Object.keys(given).sort()
    if (aliases.length > MAX_TARGETS)
      throw new MetricsError('invalid', `cannot take ${aliases.length} targets: at most ${MAX_TARGETS}`)
    for (const alias of aliases) refuseWrong(alias, given[alias])
    const before = this.#states
    this.#states = new Map(aliases.map((alias) => [alias, stateOf(given[alias]!, before.get(alias), now)]))
    this.#facts = new Map(aliases.map((alias) => [alias, factsOf(alias, given[alias]!)]))
    this.#gathering.watch([...this.#facts.values()])
    for (const [alias, state] of this.#states) {
      this.#gathering.add(alias, state)
      this.#changes.tell(alias, before.get(alias) ?? uncheckedState(now), state)
    }
    for (const alias of before.keys()) if (!this.#states.has(alias)) this.#changes.forget(alias)
    const states = [...this.#states].map(([alias, state]) => this.#changes.dated(alias, state))
    return this.#gathering.take(now, states)
  }

  /** Of all targets of the newest sample, sorted. None of them is checked. */
  aliases(kind?: Kind): string[] {
    return kind === undefined ? [...this.#states.keys()] : []
  }

  displayNameOf(alias: string): string {
    return this.#facts.get(alias)?.displayName ?? alias
  }
}

function refuseWrong(alias: string, given: SuppliedStatus | undefined): void {
  const known = alias.length <= MAX_ALIAS && isStatus(given?.status)
  if (known) return
  const reason = `${JSON.stringify(given?.status)} is no status, or its alias is longer than ${MAX_ALIAS} characters`
  throw new MetricsError('invalid', `cannot take target ${JSON.stringify(alias.slice(0, 64))}: ${reason}`)
}

function stateOf(given: SuppliedStatus, before: TargetState | undefined, now: number): TargetState {
  const { status, latencyMs = 0, reason } = given
  const known = status === 'healthy' || status === 'unhealthy' || status === 'error'
  return {
    status,
    since: before?.status === status ? before.since : now,
    checked: now,
    latencyUs: latencyUs(latencyMs * 1000),
    phases: {},
    success: known ? status === 'healthy' : null,
    reason: status === 'healthy' ? null : (reason ?? null),
  }
}

function factsOf(alias: string, { displayName = alias, group }: SuppliedStatus): TargetFacts {
  return { alias, displayName, group, kind: null, address: null }
}
