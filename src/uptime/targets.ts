/** All targets of a configuration, each watched on its own beat. */
import type { Log } from '../utils/index.ts'
import type { Changes } from './changes.ts'
import type { Gathering } from './gathering.ts'
import { Probes } from './probe/index.ts'
import type { Heartbeat, KeptHeartbeat } from './probe/push.ts'
import type { TargetFacts, UptimeSample } from './sample.ts'
import type { TargetState } from './state.ts'
import type { TargetDefaults } from './target/index.ts'
import { type Kind, readTargets, type Target, type TargetMap } from './target/index.ts'
import { Watch, type Watcher } from './watch.ts'

/** What is watched, and what holds for all of it. */
export interface WatchOptions extends TargetDefaults {
  readonly targets: TargetMap
  /** Name servers, `address` or `address:port`, for the names of all targets. @default the system's */
  readonly nameservers?: readonly string[]
}

/** Watches targets; nothing is begun before `start`. */
export class Targets implements Watcher {
  readonly #gathering: Gathering
  readonly #changes: Changes
  readonly #log: Log
  readonly #source: string
  #probes: Probes
  #nameservers: string
  #watches: Watch[] = []
  #byAlias = new Map<string, Watch>()
  #started = false

  /** @throws MetricsError `invalid` */
  constructor(
    source: string,
    options: WatchOptions,
    parts: { gathering: Gathering; changes: Changes; log: Log },
  ) {
    this.#source = source
    this.#gathering = parts.gathering
    this.#changes = parts.changes
    this.#log = parts.log
    this.#nameservers = JSON.stringify(options.nameservers)
    this.#probes = new Probes(options.nameservers)
    this.prepare(options)()
  }

  /**
   * Makes ready to watch these; what it returns does so from then on. What did not change goes on as if nothing had
   * happened; of what changed the status is unknown until its next check.
   *
   * @throws MetricsError `invalid`
   */
  prepare(options: WatchOptions): () => void {
    const targets = readTargets(options.targets, options)
    const nameservers = JSON.stringify(options.nameservers)
    const same = nameservers === this.#nameservers
    const probes = same ? this.#probes : new Probes(options.nameservers)
    const now = Date.now()
    const next = targets.map((target) => {
      const kept = this.#byAlias.get(target.alias)
      const stands = same && kept?.target.fingerprint === target.fingerprint
      return { target, kept, watch: stands ? kept : new Watch(target, probes.of(target), this, now) }
    })
    return () => {
      this.#nameservers = nameservers
      if (!same) this.#probes.close()
      this.#probes = probes
      for (const { target, kept, watch } of next) {
        if (watch === kept) watch.target = target
        else if (kept?.heartbeats !== undefined) watch.heartbeats?.takeOver(kept.heartbeats)
      }
      this.#take(next.map(({ watch }) => watch))
    }
  }

  #take(next: Watch[]): void {
    const before = this.#watches
    this.#watches = next
    this.#byAlias = new Map(next.map((watch) => [watch.target.alias, watch]))
    const [kept, now] = [new Set(next), new Set(before)]
    for (const watch of before) if (!kept.has(watch)) watch.stop()
    for (const { target } of before) if (!this.#byAlias.has(target.alias)) this.#changes.forget(target.alias)
    this.#gathering.watch(next.map(({ target }) => factsOf(target)))
    for (const watch of next) if (this.#started && !now.has(watch)) watch.start()
  }

  /** Goes on from what an earlier program has heard of targets that report themselves. Before `start`. */
  restore(heartbeats: Readonly<Record<string, KeptHeartbeat>>): void {
    for (const [alias, kept] of Object.entries(heartbeats))
      this.#byAlias.get(alias)?.heartbeats?.restore(kept)
  }

  /** The newest heartbeat of each target that has reported itself, by alias. */
  heartbeats(): Record<string, KeptHeartbeat> {
    const kept = this.#watches.map(({ target, heartbeats }) => [target.alias, heartbeats?.kept()] as const)
    return Object.fromEntries(kept.filter((pair): pair is [string, KeptHeartbeat] => pair[1] !== undefined))
  }

  /** Whether checks have begun. */
  get started(): boolean {
    return this.#started
  }

  start(): void {
    if (this.#started) return
    this.#started = true
    for (const watch of this.#watches) watch.start()
  }

  stop(): void {
    for (const watch of this.#watches) watch.stop()
    this.#probes.close()
  }

  /** A sample of now, with all checks that ended since the one before. */
  sample(now: number): UptimeSample {
    return this.#gathering.take(
      now,
      this.#watches.map(({ target, state }) => this.#changes.dated(target.alias, state)),
    )
  }

  /** How a target is checked; undefined for one that is not watched. */
  kindOf(alias: string): Kind | undefined {
    return this.#byAlias.get(alias)?.target.address.kind
  }

  /** Of all targets, or of those that are checked like this; sorted. */
  aliases(kind?: Kind): string[] {
    const targets = this.#watches.map(({ target }) => target)
    return targets.filter(({ address }) => (kind ?? address.kind) === address.kind).map(({ alias }) => alias)
  }

  /** Takes what a target says of itself. */
  heartbeat(alias: string, heartbeat: Heartbeat): void {
    const watch = this.#byAlias.get(alias)
    watch?.heartbeats?.take(heartbeat)
    if (this.#started) watch?.report()
  }

  displayNameOf(alias: string): string {
    return this.#byAlias.get(alias)?.target.displayName ?? alias
  }

  checked(watch: Watch, before: TargetState): void {
    const { state } = watch
    const { alias } = watch.target
    this.#gathering.add(alias, state)
    this.#changes.tell(alias, before, state)
    this.#log.debug(
      {
        source: this.#source,
        target: alias,
        status: state.status,
        latency_us: state.latencyUs,
        reason: state.reason,
      },
      'checked',
    )
  }

  dependency({ dependsOn }: Target): Watch | undefined {
    return dependsOn === undefined ? undefined : this.#byAlias.get(dependsOn)
  }
}

function factsOf({ alias, displayName, group, address }: Target): TargetFacts {
  return { alias, displayName, group, kind: address.kind, address: address.text }
}
