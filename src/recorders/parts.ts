/**
 * A batch delivered in parts, each a message of its own.
 *
 * A store answers for a message as a whole: one sample that it will not have may cost all that came with it. So a message that is
 * refused, or too large, is cut in two until the parts that are at fault stand alone. What was taken before a connection broke
 * is remembered, and not sent again with the rest: a store that wants samples in order would refuse it.
 */
import { MetricsError } from '../utils/index.ts'
import type { Answer } from './endpoint.ts'
import type { Delivery } from './recorder.ts'

/** A piece of a batch that is not cut: mostly one sample of one poller. */
export interface Part {
  /** Source and time of its shipment: by these, and its place among those alike, it is known when a batch is tried again. */
  readonly source: string
  readonly at: number
  /** Points that count. */
  readonly points: number
  /** Things in it, such as series, by which a message is bounded. */
  readonly size: number
}

/** How parts become messages. */
export interface Messages<P extends Part> {
  /** Named in errors. */
  readonly address: string
  /** Things in a message at most. */
  readonly maxSize: number
  /** Bytes of a message at most, before it is compressed. */
  readonly maxBytes: number
  encode(parts: readonly P[]): Uint8Array
  /** Points of a taken message that the store refused all the same, by reason. */
  refused?(answer: Answer): ReadonlyMap<string, number>
}

/** Sends one message; throws when it is to be tried again. */
type Post = (message: Uint8Array) => Promise<Answer>

/** Statuses of a message that the store will not have as it is, though perhaps parts of it. */
const SOME_REFUSED: readonly number[] = [400, 413, 422]
/** What stores say of a sample that they have already, or have a newer one of. Source: Prometheus, Mimir. */
const HAD_BEFORE = /out.of.order|duplicate/i
/** The same, and of one that is too old for them: others of its message need not be. */
const PAST = /out.of.(order|bounds)|duplicate|too.old/i
/** How often messages of one batch are cut for other reasons: a store that refuses all would be asked twice for each part. */
const MAX_CUTS = 32
/** Statuses of an endpoint that takes nothing now: keys and addresses get mended, samples do not come back. */
const NOT_YET: readonly number[] = [401, 403, 404]

/** A part, and what it is known by. */
interface Known<P> {
  readonly key: string
  readonly part: P
}

/** Delivers batches, and remembers what of an interrupted one was taken. */
export class PartsDelivery<P extends Part> {
  readonly #messages: Messages<P>
  #taken = new Map<string, Delivery>()
  /** Parts that were sent, and no answer came. */
  #unsure = new Set<string>()
  #cuts = 0

  constructor(messages: Messages<P>) {
    this.#messages = messages
  }

  /**
   * Delivers these parts in order; one call at a time.
   *
   * @throws MetricsError what `post` throws; `unavailable` for an endpoint that lets nobody in or is not there, `invalid` for one that will
   *   never take this.
   */
  async deliver(parts: readonly P[], post: Post): Promise<Delivery> {
    const known = knownBy(parts)
    const before = this.#taken
    this.#taken = new Map()
    for (const { key } of known) if (before.has(key)) this.#taken.set(key, before.get(key)!)
    this.#unsure = new Set(known.flatMap(({ key }) => (this.#unsure.has(key) ? [key] : [])))
    this.#cuts = 0
    let message: Known<P>[] = []
    let size = 0
    for (const one of known) {
      if (this.#taken.has(one.key)) continue
      if (message.length > 0 && size + one.part.size > this.#messages.maxSize) {
        await this.#send(message, post)
        message = []
        size = 0
      }
      message.push(one)
      size += one.part.size
    }
    if (message.length > 0) await this.#send(message, post)
    const delivery = sum(this.#taken.values())
    this.#taken = new Map()
    this.#unsure.clear()
    return delivery
  }

  async #send(parts: readonly Known<P>[], post: Post): Promise<void> {
    const { address, encode, maxBytes } = this.#messages
    const bytes = encode(parts.map(({ part }) => part))
    if (bytes.byteLength > maxBytes) {
      if (parts.length > 1) return this.#halves(parts, post)
      return this.#refuse(parts, `it takes more than ${maxBytes} bytes`)
    }
    const unsure = parts.filter(({ key }) => !this.#unsure.has(key))
    for (const { key } of unsure) this.#unsure.add(key)
    const answer = await post(bytes)
    for (const { key } of unsure) this.#unsure.delete(key)
    if (answer.status >= 200 && answer.status < 300) return this.#take(parts, answer)
    if (!SOME_REFUSED.includes(answer.status)) {
      const code = NOT_YET.includes(answer.status) ? 'unavailable' : 'invalid'
      throw new MetricsError(code, `cannot ship to ${address}: ${answer.reason}`)
    }
    const worthCutting = PAST.test(answer.reason) || this.#cuts < MAX_CUTS
    if (parts.length > 1 && worthCutting) {
      this.#cuts++
      return this.#halves(parts, post)
    }
    // One whose answer got lost, and that it has now: that answer said that it was taken.
    const had = ({ key }: Known<P>) => this.#unsure.has(key) && HAD_BEFORE.test(answer.reason)
    this.#take(parts.filter(had), undefined)
    this.#refuse(
      parts.filter((one) => !had(one)),
      answer.reason,
    )
  }

  async #halves(parts: readonly Known<P>[], post: Post): Promise<void> {
    const middle = parts.length >> 1
    await this.#send(parts.slice(0, middle), post)
    await this.#send(parts.slice(middle), post)
  }

  #take(parts: readonly Known<P>[], answer: Answer | undefined): void {
    const refused = (answer && this.#messages.refused?.(answer)) ?? new Map<string, number>()
    let lost = [...refused.values()].reduce((all, points) => all + points, 0)
    parts.forEach(({ key, part }, i) => {
      const shipped = Math.max(part.points - lost, 0)
      lost -= part.points - shipped
      this.#taken.set(key, { shipped, refused: i === 0 ? refused : new Map() })
    })
  }

  #refuse(parts: readonly Known<P>[], reason: string): void {
    for (const { key, part } of parts)
      this.#taken.set(key, { shipped: 0, refused: new Map([[reason, part.points]]) })
  }
}

/**
 * Items in slices that fit into messages.
 *
 * @param bytesOf Bytes that an item takes at most.
 */
export function slices<Item>(
  items: readonly Item[],
  bytesOf: (item: Item) => number,
  { maxSize, maxBytes }: { maxSize: number; maxBytes: number },
): Item[][] {
  const all: Item[][] = []
  let slice: Item[] = []
  let bytes = 0
  for (const item of items) {
    const takes = bytesOf(item)
    if (slice.length > 0 && (slice.length >= maxSize || bytes + takes > maxBytes)) {
      all.push(slice)
      slice = []
      bytes = 0
    }
    slice.push(item)
    bytes += takes
  }
  if (slice.length > 0) all.push(slice)
  return all
}

function knownBy<P extends Part>(parts: readonly P[]): Known<P>[] {
  const alike = new Map<string, number>()
  return parts.map((part) => {
    const name = `${part.source} ${part.at}`
    const place = alike.get(name) ?? 0
    alike.set(name, place + 1)
    return { key: `${name} ${place}`, part }
  })
}

/** All of these as one. */
export function sum(deliveries: Iterable<Delivery>): Delivery {
  const refused = new Map<string, number>()
  let shipped = 0
  for (const delivery of deliveries) {
    shipped += delivery.shipped
    for (const [reason, points] of delivery.refused) refused.set(reason, (refused.get(reason) ?? 0) + points)
  }
  return { shipped, refused }
}
