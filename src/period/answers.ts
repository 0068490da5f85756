/**
 * Answers of one poller, encoded once per change and not once per request.
 *
 * A body holds while the poller has no newer sample and the slot that the answer ends in is still the present one (without
 * samples the oldest entry must leave in time). With the first request of a new version all older bodies are let go.
 */
import { exactJson, jsonInit } from '../utils/index.ts'
import type { Poller } from './poller.ts'
import { type MetricsRequest, parseRequest } from './query.ts'
import type { Query, Rows } from './source.ts'

/** Different query strings remembered, and different answers kept, per poller. */
const MAX_ANSWERS = 1000
/** Bytes of answers kept per poller; what is over is answered all the same, but not kept. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/** An encoded answer. */
export interface Answer {
  readonly body: Buffer<ArrayBuffer>
  /** Headers, made once with the body. */
  readonly init: ReturnType<typeof jsonInit>
  /** The same as `node:http` writes them fastest: names and values in turn. */
  readonly rawHeaders: string[]
}

/** A request that was read once; the same query has the same `key`, however its parameters are ordered. */
export interface Asked extends MetricsRequest {
  readonly key: string
}

/** The answers of one poller. */
export class Answers<Sample, Entry, Data> {
  readonly #poller: Poller<Sample, Entry, Data>
  readonly #asked = new Map<string, Asked>()
  readonly #kept = new Map<string, { slot: number; answer: Answer }>()
  /** Tells answers of this run from those of the one before. */
  readonly #run = Date.now().toString(36)
  #version = -1
  #bytes = 0

  constructor(poller: Poller<Sample, Entry, Data>) {
    this.#poller = poller
  }

  /** Reads a query string. @throws MetricsError `invalid` */
  ask(search: string): Asked {
    const known = this.#asked.get(search)
    if (known !== undefined) return known
    const { periods, source } = this.#poller
    const request = parseRequest(search, { periods, params: source.params ?? [] })
    const asked = { ...request, key: request.query === undefined ? '' : keyOf(request.query) }
    if (this.#asked.size >= MAX_ANSWERS) this.#asked.delete(this.#asked.keys().next().value!)
    this.#asked.set(search, asked)
    return asked
  }

  /** The encoded answer; undefined while there is no sample yet. @throws MetricsError `invalid` */
  answer({ query, key }: Asked): Answer | undefined {
    const version = this.#poller.version
    if (version !== this.#version) {
      this.#kept.clear()
      this.#bytes = 0
      this.#version = version
    }
    const slot = query === undefined ? 0 : this.#poller.slotNow(query.period)
    const kept = this.#kept.get(key)
    if (kept?.slot === slot) return kept.answer

    const json = query === undefined ? this.#poller.latest : this.#poller.query(query)
    if (json === undefined || (this.#poller.latest === undefined && (json as Partial<Rows>).total === 0))
      return undefined
    const body = Buffer.from(query === undefined ? exactJson(json) : rowsText(json as Rows))
    const init = jsonInit(`"${this.#run}-${version}-${slot}"`, body.length)
    const answer = { body, init, rawHeaders: Object.entries(init.headers).flat() }
    this.#keep(key, slot, answer)
    return answer
  }

  #keep(key: string, slot: number, answer: Answer): void {
    this.#bytes -= this.#kept.get(key)?.answer.body.length ?? 0
    this.#kept.delete(key)
    if (this.#kept.size >= MAX_ANSWERS || this.#bytes + answer.body.length > MAX_ANSWER_BYTES) return
    this.#kept.set(key, { slot, answer })
    this.#bytes += answer.body.length
  }
}

/** The body of rows. */
export function rowsText(rows: Rows): string {
  return rows.json === undefined ? exactJson(rows) : `{"total":${rows.total},"data":${rows.json()}}`
}

function keyOf({ period, aggregate, stat, limit, offset, newest, keyword, params }: Query): string {
  return JSON.stringify([period, aggregate, stat, limit, offset, newest, keyword, Object.entries(params)])
}
