/** OpenSearch, by its own client, which is loaded with the first document. */
import { reasonOf, type SearchClient, SearchFault } from './client.ts'
import { type SearchOptions, tlsOf } from './options.ts'

/** The client's own limit lies above any of ours, which come by the signal. */
const REQUEST_TIMEOUT_MS = 3_600_000

/** Connects; no request is made yet. Throws when the file of certificates cannot be read. */
export async function connectOpenSearch(options: SearchOptions): Promise<SearchClient> {
  const { nodes, apiKey, username, password = '' } = options
  const tls = tlsOf(options)
  const { Client, errors } = await import('@opensearch-project/opensearch')
  const client = new Client({
    nodes: [...nodes],
    // Another node is tried at once; when all have failed, the queue waits.
    maxRetries: nodes.length - 1,
    requestTimeout: REQUEST_TIMEOUT_MS,
    ...(apiKey !== undefined
      ? { headers: { authorization: `ApiKey ${apiKey}` } }
      : username !== undefined
        ? { auth: { username, password } }
        : {}),
    ...(tls === undefined ? {} : { ssl: tls }),
  })
  return {
    async request({ method, path, query, body }, signal) {
      const asked = client.transport.request({
        method,
        path,
        ...(query === undefined ? {} : { querystring: query }),
        ...(typeof body === 'string' ? { bulkBody: body } : { body }),
      })
      // It returns what can be awaited, and fails: from a listener that would end the process.
      const abort = () => void asked.abort()
      signal.addEventListener('abort', abort, { once: true })
      if (signal.aborted) abort()
      try {
        return (await asked).body
      } catch (error) {
        if (!(error instanceof errors.ResponseError)) throw error
        throw new SearchFault(error.statusCode, `${error.statusCode} ${reasonOf(error.body)}`, {
          cause: error,
        })
      } finally {
        signal.removeEventListener('abort', abort)
      }
    },
    close: () => client.close(),
  }
}
