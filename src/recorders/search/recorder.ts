/**
 * Ships documents to Elasticsearch or OpenSearch by bulk requests.
 *
 * Differs from expvastic: no request a document, no type in the address, no index made by hand, no lookup of the nodes' published addresses; and
 * nothing is lost while the server is away.
 */
import { type Log, MetricsError, messageOf } from '../../utils/index.ts'
import { DocumentWriter } from '../document.ts'
import type { Delivery, Recorder, Shipment } from '../recorder.ts'
import { bulksOf, deliveryOf } from './bulk.ts'
import { type SearchClient, SearchFault } from './client.ts'
import { type SearchOptions, searchDestination } from './options.ts'
import { templateOf } from './template.ts'

/** Requests under way at once. */
const REQUESTS = 2
/** Different fields after which it is said that there are many. Source: Elasticsearch's `index.mapping.total_fields.limit`. */
const MANY_FIELDS = 1000
/** The answer's parts that are read. */
const ANSWER = { filter_path: 'errors,items.*.status,items.*.error' }

/** Which server it is, and how it is connected to. */
export interface SearchServer {
  readonly type: 'elasticsearch' | 'opensearch'
  connect(options: SearchOptions): Promise<SearchClient>
}

/** A recorder that connects with its first batch. */
export function createSearchRecorder(
  name: string,
  options: SearchOptions,
  server: SearchServer,
  log: Log,
): Recorder {
  const writer = new DocumentWriter(options.fields)
  let connecting: Promise<SearchClient> | undefined
  let prepared = options.template === false
  let manyTold = false

  async function prepare(client: SearchClient, signal: AbortSignal): Promise<void> {
    const { path, bodies } = templateOf(options)
    let refusal: SearchFault | undefined
    for (const body of bodies) {
      try {
        await client.request({ method: 'PUT', path, body }, signal)
        refusal = undefined
        break
      } catch (error) {
        if (!(error instanceof SearchFault) || error.status >= 500 || error.status === 429) throw error
        refusal = error
      }
    }
    // Who may only write documents ships all the same, into what the server's owner has prepared.
    if (refusal !== undefined)
      log.warn(
        { recorder: name, reason: refusal.message },
        `${name} refuses its index template: shipping without`,
      )
    prepared = true
  }

  async function record(batch: readonly Shipment[], signal: AbortSignal): Promise<Delivery> {
    const refused = new Map<string, number>()
    let shipped = 0
    connecting ??= server.connect(options).catch((error) => {
      connecting = undefined
      // A file of certificates that is not there yet may come: documents wait.
      throw new MetricsError('unavailable', messageOf(error), { cause: error })
    })
    const client = await connecting
    if (!prepared) await prepare(client, signal)
    const bulks = bulksOf(batch, options.index, writer)
    const ship = async () => {
      for (const bulk of bulks) {
        const path = `/${encodeURIComponent(bulk.index)}/_bulk`
        const answer = await client.request({ method: 'POST', path, query: ANSWER, body: bulk.body }, signal)
        const delivery = deliveryOf(bulk, answer)
        shipped += delivery.shipped
        for (const [reason, times] of delivery.refused)
          refused.set(reason, (refused.get(reason) ?? 0) + times)
      }
    }
    const ends = await Promise.allSettled(Array.from({ length: REQUESTS }, ship))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    return { shipped, refused }
  }

  function tellMany(): void {
    if (manyTold || writer.names <= MANY_FIELDS) return
    manyTold = true
    const reason = 'the server makes fields searchable up to index.mapping.total_fields.limit'
    log.warn({ recorder: name, reason }, `more than ${MANY_FIELDS} different fields are shipped to ${name}`)
  }

  return {
    name,
    destination: searchDestination(server.type, options),
    takes: 'documents',
    async record(batch, signal) {
      try {
        return await record(batch, signal)
      } catch (error) {
        // A server that was away may have come back without what it had.
        const answered = error instanceof SearchFault || error instanceof MetricsError
        if (!answered) prepared = options.template === false
        throw known(error)
      } finally {
        tellMany()
      }
    },
    async close() {
      await (await connecting)?.close()
    },
  }
}

/** Of an answer: who may not write now may later, when keys were changed; what is not found may be made. */
const AGAIN = new Set([401, 403, 404, 408, 429])
const TOO_LARGE = 413

/** Whether it makes sense to try again, as a code. */
function known(error: unknown): MetricsError {
  if (error instanceof MetricsError) return error
  if (!(error instanceof SearchFault))
    return new MetricsError('unavailable', describe(error), { cause: error })
  const { status } = error
  const code = status === TOO_LARGE ? 'full' : AGAIN.has(status) || status >= 500 ? 'unavailable' : 'invalid'
  return new MetricsError(code, error.message, { cause: error })
}

/** Clients name the kind of a lost connection, and not always more. */
function describe(error: unknown): string {
  const { name } = error as Error
  return error instanceof Error && name !== 'Error' ? `${name}: ${messageOf(error)}` : messageOf(error)
}
