/** Whether what was published arrived, by text: JSON.parse would round what is beyond 2^53. */
import { isDeepStrictEqual } from 'node:util'

/** Keys as the program publishes them, and as their documents have them. Bytes are shipped as MiB, and are left out here. */
const WHOLE = {
  serial: 'serial',
  requests: 'requests',
  queue: 'queue',
  Mallocs: 'memstats.Mallocs',
  NumGC: 'memstats.NumGC',
  LastGC: 'memstats.LastGC',
}

/** The number behind a key of a JSON text, digit for digit. */
function numberAt(text, key) {
  return new RegExp(`"${key.replaceAll('.', '\\.')}": ?(-?[\\d.eE+-]+)`).exec(text)?.[1]
}

/** Every document of the index beside every answer of the program. */
export async function compareIndex(published, search) {
  await fetch(`${search}/goapp/_refresh`, { method: 'POST' })
  const path = '/goapp/_search?size=10000&sort=serial&filter_path=hits.hits._source'
  const documents = (await (await fetch(search + path)).text()).split('"_source":').slice(1)
  const ours = published.slice(-10_000).map((text) => Object.keys(WHOLE).map((key) => numberAt(text, key)))
  const theirs = documents.map((text) => Object.values(WHOLE).map((key) => numberAt(text, key)))
  const equal = isDeepStrictEqual(ours, theirs)
  const last = Object.values(WHOLE).map((key, i) => `${key} ${theirs.at(-1)?.[i]}`)
  return {
    equal,
    text: `Elasticsearch: ${documents.length} documents of ${published.length} answers, ${equal ? 'every one equal to the digit' : 'NOT EQUAL'}; the last: ${last.join(', ')}`,
  }
}

/** The samples of one series beside every answer of the program. */
export async function compareSeries(published, prometheus) {
  const answer = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent('expvar_requests[1h]')}`)
  const { data } = await answer.json()
  const values = (data.result[0]?.values ?? []).map(([, value]) => value)
  const equal = isDeepStrictEqual(
    values,
    published.map((text) => numberAt(text, 'requests')),
  )
  return {
    equal,
    text: `Prometheus: ${values.length} samples of expvar_requests of ${published.length} answers, ${equal ? 'every one equal' : 'NOT EQUAL'}`,
  }
}
