/**
 * A queue for each recorder that ships, over changes of the configuration.
 *
 * What waits is lost by none of them: a queue goes on under its recorder's name, wherever that now leads; one whose name is gone goes on under
 * the name that now ships to its place; any other delivers what it has for a while, and leaves the rest on disk.
 */
import {
  type Change,
  openRecorder,
  placeOf,
  RecorderQueue,
  type RecorderSettings,
  spoolFolder,
} from './recorders/index.ts'
import { isSameJson, type Log, withLevel } from './utils/index.ts'

/** How long a recorder that was taken out of the configuration may deliver what waits. */
const DRAIN_MS = 5000

/** A queue that is delivered from. */
export interface Active {
  readonly queue: RecorderQueue
  readonly settings: RecorderSettings
}

/** Queues that are ready to be those that ship, and nothing was changed yet. */
export interface NextQueues extends Change {
  /** By the recorder's name. */
  readonly queues: ReadonlyMap<string, Active>
}

const NOTHING: Change = { commit() {}, async rollback() {} }

/** All queues. */
export class Queues {
  readonly #log: Log
  readonly #version: string | undefined
  #active: ReadonlyMap<string, Active> = new Map()
  /** Those that are gone, until they have ended. */
  readonly #leaving = new Set<RecorderQueue>()

  constructor(log: Log, version?: string) {
    this.#log = log
    this.#version = version
  }

  /** By the recorder's name, in the order of the configuration. */
  get active(): ReadonlyMap<string, Active> {
    return this.#active
  }

  /**
   * Opens what these recorders need. Those there are go on as they are until `commit`.
   *
   * @param names The recorders that ship.
   * @throws MetricsError what a recorder or a spool says that cannot be opened.
   */
  async prepare(
    names: readonly string[],
    recorders: Readonly<Record<string, RecorderSettings>>,
  ): Promise<NextQueues> {
    const queues = new Map<string, Active>()
    const changes: Change[] = []
    const rollback = async () => {
      await Promise.all(changes.map((change) => change.rollback()))
    }
    const heirs = this.#heirs(names, recorders)
    try {
      for (const name of names) {
        const settings = recorders[name]!
        const before = this.#active.get(name) ?? heirs.get(name)
        const { queue, ...change } = await this.#enter(name, settings, before)
        queues.set(name, { queue, settings })
        changes.push(change)
      }
    } catch (error) {
      await rollback()
      throw error
    }
    const commit = () => {
      for (const change of changes.splice(0)) change.commit()
      const kept = new Set([...queues.values()].map(({ queue }) => queue))
      for (const [name, { queue }] of this.#active) {
        if (kept.has(queue)) continue
        const why = Object.hasOwn(recorders, name)
          ? queues.has(name)
            ? 'its type was changed'
            : 'nothing is shipped to it any more'
          : 'it was taken out of the configuration'
        this.#leave(queue, `${why}, and did not take them within ${DRAIN_MS / 1000} s`)
      }
      this.#active = queues
    }
    return { queues, commit, rollback }
  }

  /** Ends all of them, as `RecorderQueue.stop`. */
  async stop(limitMs: number): Promise<void> {
    const queues = [...this.#leaving, ...[...this.#active.values()].map(({ queue }) => queue)]
    await Promise.all(queues.map((queue) => queue.stop(limitMs)))
  }

  /** New names that ship to the place of one that is gone: of two that were one, the first may go. */
  #heirs(
    names: readonly string[],
    recorders: Readonly<Record<string, RecorderSettings>>,
  ): Map<string, Active> {
    const gone = [...this.#active].filter(([name]) => !names.includes(name))
    const byPlace = new Map(gone.map(([, active]) => [placeOf(active.settings), active]))
    const fresh = names.filter((name) => !this.#active.has(name))
    return new Map(
      fresh.flatMap((name) => {
        const active = byPlace.get(placeOf(recorders[name]!))
        return active === undefined ? [] : [[name, active] as const]
      }),
    )
  }

  async #enter(
    name: string,
    settings: RecorderSettings,
    before: Active | undefined,
  ): Promise<Change & { queue: RecorderQueue }> {
    if (before !== undefined && before === this.#active.get(name) && isSameJson(before.settings, settings))
      return { queue: before.queue, ...NOTHING }
    const { logLevel, queue: options = {} } = settings
    const log = withLevel(this.#log, logLevel)
    const recorder = await openRecorder(name, settings, log, this.#version)
    await this.#free(spoolFolder(recorder, { spool: undefined, ...options }))
    // What waits of another kind is nothing for it.
    if (before?.queue.takes === recorder.takes)
      return { queue: before.queue, ...(await before.queue.change(recorder, options, log)) }
    const queue = await RecorderQueue.open(recorder, options, log)
    return { queue, commit() {}, rollback: () => queue.stop(0) }
  }

  /** One that is leaving leaves at once where its folder is wanted: what waits there is found in it. */
  async #free(folder: string | undefined): Promise<void> {
    for (const queue of this.#leaving)
      if (folder !== undefined && queue.folder === folder) await queue.stop(0)
  }

  #leave(queue: RecorderQueue, why: string): void {
    this.#leaving.add(queue)
    void queue.stop(DRAIN_MS, why).then(() => this.#leaving.delete(queue))
  }
}
