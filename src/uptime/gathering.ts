/** Checks that have ended since the last sample, and the newest state of every target. */
import { type Checks, latencyUs } from './checks.ts'
import type { AliasLists } from './lists.ts'
import { type TargetFacts, UptimeSample } from './sample.ts'
import type { TargetState } from './state.ts'
import { CODE } from './status.ts'

/** Checks kept while nobody takes a sample; the oldest go first. */
const MAX_GATHERED = 100_000

/** Gathers checks until a sample takes them: none is lost, none is taken twice. */
export class Gathering {
  readonly #lists: AliasLists
  #aliases: string[] = []
  #codes: number[] = []
  #latencies: number[] = []
  #facts: readonly TargetFacts[] = []

  constructor(lists: AliasLists) {
    this.#lists = lists
  }

  /** These are the targets from now on, sorted by alias. What was gathered of others is kept. */
  watch(facts: readonly TargetFacts[]): void {
    this.#facts = facts
    this.#lists.of(facts.map(({ alias }) => alias))
  }

  add(alias: string, state: TargetState): void {
    if (this.#aliases.length >= MAX_GATHERED) {
      for (const column of [this.#aliases, this.#codes, this.#latencies]) column.splice(0, MAX_GATHERED / 10)
    }
    this.#aliases.push(alias)
    this.#codes.push(CODE[state.status])
    this.#latencies.push(latencyUs(state.latencyUs))
  }

  /** A sample of these states, in the order of the targets, with all that was gathered. */
  take(nowMs: number, states: readonly TargetState[]): UptimeSample {
    const list = this.#lists.of(this.#facts.map(({ alias }) => alias))
    const checks = this.#checks()
    return new UptimeSample(nowMs, { list, facts: this.#facts, states }, checks)
  }

  #checks(): Checks {
    const [aliases, codes, latencies] = [this.#aliases, this.#codes, this.#latencies]
    this.#aliases = []
    this.#codes = []
    this.#latencies = []
    // A target may have been removed after its last check.
    const gone = [...new Set(aliases.filter((alias) => this.#lists.current.placeOf(alias) === undefined))]
    const list = gone.length === 0 ? this.#lists.current : this.#lists.with(gone)
    return { list, places: aliases.map((alias) => list.placeOf(alias)!), codes, latencies }
  }
}
