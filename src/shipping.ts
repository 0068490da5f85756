/**
 * What is shipped now: a queue for each recorder that is in a route, and which of them the samples of each reader go to.
 *
 * A change of the configuration loses nothing that waits. A queue belongs to its recorder's name: what waits goes where that name now leads. A
 * recorder that is gone delivers what it has for a while, and leaves the rest on disk.
 */
import { type Config, destinationsOf } from './config/index.ts'
import { streamDocuments, withLabels } from './flush.ts'
import type { AnyPoller, AnySource } from './period/index.ts'
import type { Family } from './prometheus/index.ts'
import {
  openRecorder,
  planRoutes,
  type Recorder,
  RecorderQueue,
  type RecorderSettings,
  type RecorderStatus,
  Shipper,
} from './recorders/index.ts'
import { type Log, MetricsError, withLevel } from './utils/index.ts'

/** How long a recorder that was taken out of the configuration may deliver what waits. */
const DRAIN_MS = 5000

type Shipped = Pick<Config, 'recorders' | 'routes' | 'readers'>

interface Active {
  readonly queue: RecorderQueue
  readonly settings: RecorderSettings
}

/** Where the samples of one reader go. */
interface Target {
  readonly queues: readonly RecorderQueue[]
  readonly takes: ReadonlySet<Recorder['takes']>
}

/** All that is shipped. */
export class Shipping {
  readonly #log: Log
  readonly #shipper = new Shipper()
  #active: ReadonlyMap<string, Active> = new Map()
  #targets: ReadonlyMap<string, Target> = new Map()
  /** What each recorder's name leads to: also where one before it has its destination. */
  #byName: ReadonlyMap<string, RecorderQueue> = new Map()
  /** Queues of recorders that are gone, until they have ended. */
  readonly #leaving = new Map<string, RecorderQueue>()

  constructor(log: Log) {
    this.#log = log
  }

  /** How each recorder fares, in the order of the configuration. */
  status(): RecorderStatus[] {
    return [...this.#active.values()].map(({ queue }) => queue.status())
  }

  /** Recorders that a flush may be led to. */
  destinations(): string[] {
    return [...this.#byName.keys()]
  }

  /**
   * Ships what a poller reads, by whatever routes there are then, until it stops. Its first sample is shipped when it did not start yet.
   *
   * @param shipsItself Whether its samples are not to be shipped now: a process whose flushes are on ships by those, with its task number.
   */
  connect(poller: AnyPoller, reader: object | undefined, shipsItself = () => false): void {
    const typeName = typeNameOf(reader) ?? poller.name
    poller.subscribe((sample, at) => {
      const target = this.#targets.get(poller.name)
      if (target === undefined || shipsItself()) return
      const shipment = this.#shipper.ship(poller.source, typeName, sample, at, target.takes)
      for (const queue of target.queues) queue.offer(shipment)
    })
  }

  /**
   * Ships what a process flushes: families with the labels of its task on each point, or a document a stream.
   *
   * @param destinations Names of recorders; empty: those that routes send this reader to.
   * @throws MetricsError `unavailable` where no recorder takes it, or one of those that are named is not there.
   */
  async flush(
    reader: string,
    families: readonly Family[],
    labels: Readonly<Record<string, string>>,
    destinations: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    // Before the next part of a flush others have their turn.
    await new Promise(setImmediate)
    signal.throwIfAborted()
    const queues = this.#queuesOf(reader, destinations)
    const labelled = withLabels(families, labels)
    const source = { name: reader, families: () => labelled, documents: () => streamDocuments(labelled) }
    const takes = new Set(queues.map((queue) => queue.takes))
    const shipment = this.#shipper.ship(source as unknown as AnySource, reader, undefined, Date.now(), takes)
    for (const queue of queues) queue.offer(shipment)
  }

  /**
   * Ships by these routes from now on. Recorders that are gone go on delivering what they have for a while.
   *
   * @param readers Names of all that is polled, or will be.
   * @throws MetricsError `invalid` for a route to a reader or recorder that is not there, or a destination that is none, `unavailable` for a spool that cannot be
   *   opened: nothing was changed then.
   */
  async apply(shipped: Shipped, readers: readonly string[]): Promise<void> {
    refuseUnknown(shipped, readers)
    const { recorders, routes } = shipped
    const plan = planRoutes(recorders, routes, [...destinationsOf(shipped.readers).values()].flat())
    const made = new Map<string, Recorder>()
    for (const name of plan.recorders) {
      const settings = recorders[name]!
      if (!same(this.#active.get(name)?.settings, settings))
        made.set(name, await openRecorder(name, settings, this.#logOf(settings)))
    }
    const next = await this.#enter(plan.recorders, recorders, made)
    const kept = new Set([...next.values()].map(({ queue }) => queue))
    const gone = [...this.#active].filter(([, { queue }]) => !kept.has(queue))
    this.#active = next
    const queueOf = (name: string) => next.get(plan.merged.get(name) ?? name)!.queue
    this.#byName = new Map([...next.keys(), ...plan.merged.keys()].map((name) => [name, queueOf(name)]))
    // In one turn of the event loop: no sample is missed or shipped twice.
    this.#targets = new Map(
      [...plan.shippedBy].map(([reader, names]) => {
        const queues = names.map((name) => next.get(name)!.queue)
        return [reader, { queues, takes: new Set(queues.map(({ takes }) => takes)) }]
      }),
    )
    for (const [name, { queue }] of gone) this.#leave(name, queue)
  }

  /** Delivers what waits for at most this long, and leaves the rest on disk where there is a spool. */
  async stop(limitMs: number): Promise<void> {
    this.#targets = new Map()
    const queues = [...this.#leaving.values(), ...[...this.#active.values()].map(({ queue }) => queue)]
    await Promise.all(queues.map((queue) => queue.stop(limitMs)))
  }

  #queuesOf(reader: string, destinations: readonly string[]): readonly RecorderQueue[] {
    const cannot = (reason: string) => new MetricsError('unavailable', `cannot flush ${reader}: ${reason}`)
    const named = destinations.map((name) => {
      const queue = this.#byName.get(name)
      if (queue !== undefined) return queue
      throw cannot(`its destination ${JSON.stringify(name)} is no recorder that ships`)
    })
    const queues = named.length > 0 ? [...new Set(named)] : (this.#targets.get(reader)?.queues ?? [])
    if (queues.length === 0) throw cannot('no route leads from it to a recorder')
    return queues
  }

  #leave(name: string, queue: RecorderQueue): void {
    this.#leaving.set(name, queue)
    void queue.stop(DRAIN_MS).then(() => {
      if (this.#leaving.get(name) === queue) this.#leaving.delete(name)
    })
  }

  /** Queues of these names: those there are, led to their new recorders, and new ones. When one cannot be opened, none is changed. */
  async #enter(
    names: readonly string[],
    recorders: Config['recorders'],
    made: ReadonlyMap<string, Recorder>,
  ): Promise<Map<string, Active>> {
    const opened = new Map<string, RecorderQueue>()
    try {
      for (const [name, recorder] of made) {
        const settings = recorders[name]!
        if (mayTakeOver(this.#active.get(name), recorder, settings)) continue
        // It would open the folder that the one before is still reading.
        await this.#leaving.get(name)?.stop(0)
        opened.set(name, await RecorderQueue.open(recorder, settings.queue ?? {}, this.#logOf(settings)))
      }
    } catch (error) {
      await Promise.all([...opened.values()].map((queue) => queue.stop(0)))
      throw error
    }
    const next = new Map<string, Active>()
    for (const name of names) {
      const settings = recorders[name]!
      const queue = opened.get(name) ?? this.#active.get(name)!.queue
      const recorder = made.get(name)
      if (recorder !== undefined && !opened.has(name)) queue.use(recorder, settings.queue ?? {})
      next.set(name, { queue, settings })
    }
    return next
  }

  #logOf({ logLevel }: RecorderSettings): Log {
    return logLevel === undefined ? this.#log : withLevel(this.#log, logLevel)
  }
}

/** Whether a queue can go on with another recorder: only its folder on disk and the kind of what waits cannot be changed. */
function mayTakeOver(active: Active | undefined, recorder: Recorder, { queue }: RecorderSettings): boolean {
  if (active === undefined) return false
  return active.queue.takes === recorder.takes && active.settings.queue?.spool === queue?.spool
}

/** A reader's `type_name`, where its type has one. */
function typeNameOf(reader: object | undefined): string | undefined {
  const { typeName } = (reader ?? {}) as { typeName?: unknown }
  return typeof typeName === 'string' ? typeName : undefined
}

function refuseUnknown({ recorders, routes, readers: given }: Shipped, readers: readonly string[]): void {
  for (const [reader, names] of destinationsOf(given)) {
    const name = names.find((wanted) => !Object.hasOwn(recorders, wanted))
    if (name !== undefined)
      throw new MetricsError(
        'invalid',
        `cannot flush ${reader}: there is no recorder ${JSON.stringify(name)}`,
      )
  }
  for (const [name, route] of Object.entries(routes)) {
    const reader = route.readers.find((wanted) => !readers.includes(wanted))
    const recorder = route.recorders.find((wanted) => !Object.hasOwn(recorders, wanted))
    const unknown =
      reader !== undefined
        ? `reader ${JSON.stringify(reader)}`
        : recorder && `recorder ${JSON.stringify(recorder)}`
    if (unknown !== undefined)
      throw new MetricsError('invalid', `cannot ship by route ${name}: there is no ${unknown}`)
  }
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
