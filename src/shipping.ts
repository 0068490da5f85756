/**
 * What is shipped now: which recorders' queues the samples of each reader go to.
 *
 * A change of the configuration loses no sample and nothing that waits, whether it is taken up or refused: it is prepared first, which
 * may fail, and then made in one turn of the event loop.
 */
import { type Config, destinationsOf } from './config/index.ts'
import { streamDocuments, withLabels } from './flush.ts'
import type { AnyPoller, AnySource } from './period/index.ts'
import type { Family } from './prometheus/index.ts'
import { Queues } from './queues.ts'
import {
  type Change,
  planRoutes,
  type Recorder,
  type RecorderQueue,
  type RecorderStatus,
  Shipper,
} from './recorders/index.ts'
import { type Log, MetricsError } from './utils/index.ts'

type Shipped = Pick<Config, 'recorders' | 'routes' | 'readers'>

/** Where the samples of one reader go. */
interface Target {
  readonly queues: readonly RecorderQueue[]
  readonly takes: ReadonlySet<Recorder['takes']>
}

/** All that is shipped. */
export class Shipping {
  readonly #queues: Queues
  readonly #shipper = new Shipper()
  #targets: ReadonlyMap<string, Target> = new Map()
  /** What each recorder's name leads to: also where one before it ships to its place. */
  #byName: ReadonlyMap<string, RecorderQueue> = new Map()
  /** Names that a change which is prepared will bring: a reader that takes its options before it is made may name them. */
  #coming: readonly string[] = []

  /** @param version Of the program, as stores are told it. */
  constructor(log: Log, version?: string) {
    this.#queues = new Queues(log, version)
  }

  /** How each recorder fares, in the order of the configuration. */
  status(): RecorderStatus[] {
    return [...this.#queues.active.values()].map(({ queue }) => queue.status())
  }

  /** Recorders that a flush may be led to. */
  destinations(): string[] {
    return [...new Set([...this.#byName.keys(), ...this.#coming])]
  }

  /**
   * Ships what a poller reads, by whatever routes there are then, until it stops. Its first sample is shipped when it did not start yet.
   *
   * @param shipsItself Whether its samples are not to be shipped now: a process whose flushes are on ships by those, with its task number.
   */
  connect(poller: AnyPoller, reader: object | undefined, shipsItself = () => false): void {
    const typeName = typeNameOf(reader) ?? poller.name
    const elsewhere = mayRunElsewhere(reader)
    poller.subscribe((sample, at) => {
      const target = this.#targets.get(poller.name)
      if (target === undefined || shipsItself()) return
      const shipment = this.#shipper.ship(poller.source, typeName, sample, at, target.takes, elsewhere)
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
   * Prepares to ship by these routes; recorders, spools and files of certificates are opened.
   *
   * @param readers Names of all that is polled, or will be.
   * @throws MetricsError `invalid` for a route to a reader or recorder that is not there, or a destination that is none, what a recorder or
   *   spool says that cannot be opened: nothing was changed then.
   */
  async prepare(shipped: Shipped, readers: readonly string[]): Promise<Change> {
    refuseUnknown(shipped, readers)
    const { recorders, routes } = shipped
    const plan = planRoutes(recorders, routes, [...destinationsOf(shipped.readers).values()].flat())
    const { queues, commit, rollback } = await this.#queues.prepare(plan.recorders, recorders)
    const queueOf = (name: string) => queues.get(plan.merged.get(name) ?? name)!.queue
    const names = [...queues.keys(), ...plan.merged.keys()]
    this.#coming = names
    return {
      // In one turn of the event loop: no sample is missed or shipped twice.
      commit: () => {
        commit()
        this.#coming = []
        this.#byName = new Map(names.map((name) => [name, queueOf(name)]))
        this.#targets = new Map(
          [...plan.shippedBy].map(([reader, names]) => {
            const targets = names.map(queueOf)
            return [reader, { queues: targets, takes: new Set(targets.map(({ takes }) => takes)) }]
          }),
        )
      },
      rollback: async () => {
        this.#coming = []
        await rollback()
      },
    }
  }

  /** Delivers what waits for at most this long, and leaves the rest on disk where there is a spool. */
  async stop(limitMs: number): Promise<void> {
    this.#targets = new Map()
    await this.#queues.stop(limitMs)
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
}

/** A reader's `type_name`, where its type has one. */
function typeNameOf(reader: object | undefined): string | undefined {
  const { typeName } = (reader ?? {}) as { typeName?: unknown }
  return typeof typeName === 'string' ? typeName : undefined
}

/** Whether what a reader asks may run on another machine, whose name is not ours. */
function mayRunElsewhere(reader: object | undefined): boolean {
  return (reader as { type?: unknown } | undefined)?.type === 'expvar'
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
