/** Elasticsearch, by its own client, which is loaded with the first document. */
import { messageOf } from '../../utils/index.ts'
import { reasonOf, type SearchClient, SearchFault } from './client.ts'
import { type SearchOptions, tlsOf } from './options.ts'

/** The client's own limit lies above any of ours, which come by the signal. */
const REQUEST_TIMEOUT_MS = 3_600_000

/** Connects; no request is made yet. Throws when the file of certificates cannot be read. */
export async function connectElasticsearch(options: SearchOptions): Promise<SearchClient> {
  const { nodes, apiKey, username, password = '' } = options
  const tls = tlsOf(options)
  const { Client, errors } = await import('@elastic/elasticsearch')
  const client = new Client({
    nodes: [...nodes],
    // Another node is tried at once; when all have failed, the queue waits.
    maxRetries: nodes.length - 1,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enableMetaHeader: false,
    ...(apiKey !== undefined
      ? { auth: { apiKey } }
      : username !== undefined
        ? { auth: { username, password } }
        : {}),
    ...(tls === undefined ? {} : { tls }),
  })
  return {
    async request({ method, path, query, body }, signal) {
      try {
        return await client.transport.request(
          {
            method,
            path,
            ...(query === undefined ? {} : { querystring: query }),
            ...(typeof body === 'string' ? { bulkBody: body } : { body }),
          },
          { signal },
        )
      } catch (error) {
        if (!(error instanceof errors.ResponseError)) throw error
        const reason = `${error.statusCode} ${reasonOf(error.body)}`
        throw new SearchFault(error.statusCode ?? 0, reason || messageOf(error), { cause: error })
      }
    },
    close: () => client.close(),
  }
}
