/** Documents as the body of a bulk request, and what its answer says of each. */
import { MetricsError } from '../../utils/index.ts'
import type { DocumentWriter } from '../document.ts'
import type { Delivery, Shipment } from '../recorder.ts'
import { reasonOf } from './client.ts'
import { indexAt } from './indexname.ts'

/** Documents of one request, and bytes after which it takes no more. Two requests are under way at a time: while one is indexed the next is written. */
const REQUEST_DOCUMENTS = 1000
const REQUEST_BYTES = 4 * 1024 * 1024

/** One request. */
export interface Bulk {
  readonly index: string
  readonly body: string
  /** Whose each document is, in the order of the body. */
  readonly sources: readonly string[]
}

/** The requests of a batch, made one by one: documents of one index follow each other. */
export function* bulksOf(batch: readonly Shipment[], name: string, writer: DocumentWriter): Generator<Bulk> {
  let index = ''
  let body = ''
  let sources: string[] = []
  for (const shipment of batch) {
    const at = indexAt(name, shipment.at)
    const begin = writer.begin(shipment)
    for (let i = 0; i < shipment.documents.length; i++) {
      if (
        sources.length > 0 &&
        (at !== index || sources.length >= REQUEST_DOCUMENTS || body.length >= REQUEST_BYTES)
      ) {
        yield { index, body, sources }
        body = ''
        sources = []
      }
      index = at
      // `create` with an id of our own: what was taken before a connection broke is not taken twice.
      body += shipment.id === undefined ? '{"create":{}}\n' : `{"create":{"_id":"${shipment.id}-${i}"}}\n`
      body += `${writer.write(begin, shipment.documents[i]!)}\n`
      sources.push(shipment.source)
    }
  }
  if (sources.length > 0) yield { index, body, sources }
}

interface Item {
  readonly status?: number
  readonly error?: { readonly type?: string }
}

/** Of an item that is to be tried again: the server is too busy, has a fault, or does not let this user or anybody write now. */
const AGAIN = new Set([401, 403, 408, 429])
/** The id is taken: by this very document, in a request whose answer was lost. */
const CONFLICT = 409

/**
 * What the server did with each document.
 *
 * @throws MetricsError `unavailable` when some of them are to be tried again: then all are, and those it has are not taken twice.
 */
export function deliveryOf({ sources }: Bulk, answer: unknown): Delivery {
  const { errors, items } = (answer ?? {}) as { errors?: boolean; items?: Record<string, Item>[] }
  if (errors === false) return { shipped: sources.length, refused: new Map() }
  if (!Array.isArray(items) || items.length !== sources.length)
    throw new MetricsError('unavailable', 'the answer to a bulk request does not tell of each document')
  const refused = new Map<string, number>()
  let shipped = 0
  items.forEach((action, i) => {
    const item = Object.values(action)[0]
    const status = item?.status ?? 0
    if ((status >= 200 && status < 300) || status === CONFLICT) {
      shipped++
      return
    }
    const reason = reasonOf(item)
    if (AGAIN.has(status) || status >= 500 || status === 0)
      throw new MetricsError('unavailable', `${status} ${reason}`)
    // The document's id would make each reason another.
    const told = `of ${sources[i]}: ${reason.replace(/ in document with id '[^']*'/, '')}`
    refused.set(told, (refused.get(told) ?? 0) + 1)
  })
  return { shipped, refused }
}
