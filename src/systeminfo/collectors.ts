/**
 * The parts of one reading, each on its own: one that fails is null in the sample, and counted; the rest stands.
 * Source: node_exporter's `node_scrape_collector_success` and `node_scrape_collector_duration_seconds`.
 */
import { type Log, messageOf } from '../utils/index.ts'

/** How the last run of a collector went. */
export interface CollectorState {
  ok: boolean
  seconds: number
  /** Runs that failed since the start. */
  failures: number
  /** Why the last run failed; null when it did not. */
  error: string | null
}

/** Runs collectors and keeps account of them. */
export class Collectors {
  readonly #log: Log
  readonly #states = new Map<string, CollectorState>()

  constructor(log: Log) {
    this.#log = log
  }

  /** Each collector that has run. */
  get states(): ReadonlyMap<string, Readonly<CollectorState>> {
    return this.#states
  }

  /** Those that failed, each with its reason. */
  get faults(): string[] {
    return [...this.#states].flatMap(([name, { error }]) =>
      error === null ? [] : [`cannot read ${name}: ${error}`],
    )
  }

  /** The result of `read`, or null if it failed. */
  run<T>(name: string, read: () => T): T | null {
    const start = performance.now()
    try {
      const result = read()
      this.#passed(name, start)
      return result
    } catch (error) {
      this.#failed(name, start, error)
      return null
    }
  }

  /** The same for what takes time. Never rejects. */
  async runAsync<T>(name: string, read: () => Promise<T>): Promise<T | null> {
    const start = performance.now()
    try {
      const result = await read()
      this.#passed(name, start)
      return result
    } catch (error) {
      this.#failed(name, start, error)
      return null
    }
  }

  #passed(name: string, start: number): void {
    const state = this.#stateOf(name)
    if (!state.ok) this.#log.info({ collector: name }, `reading ${name} succeeds again`)
    state.ok = true
    state.error = null
    state.seconds = (performance.now() - start) / 1000
  }

  /** Said once, not once a second: until it succeeds again. */
  #failed(name: string, start: number, error: unknown): void {
    const state = this.#stateOf(name)
    if (state.ok) this.#log.warn({ collector: name }, `cannot read ${name}: ${messageOf(error)}`)
    state.ok = false
    state.error = messageOf(error)
    state.seconds = (performance.now() - start) / 1000
    state.failures += 1
  }

  #stateOf(name: string): CollectorState {
    let state = this.#states.get(name)
    if (state === undefined) {
      state = { ok: true, seconds: 0, failures: 0, error: null }
      this.#states.set(name, state)
    }
    return state
  }
}
