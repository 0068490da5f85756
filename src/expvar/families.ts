/** What Prometheus is told of another process's variables. */
import type { Family } from '../prometheus/index.ts'
import type { ExpvarSample } from './sample.ts'

/** Of names made of keys without a lawful letter. */
const NAMELESS = 'unnamed'

/**
 * One family a number: `memstats.HeapAlloc` is `expvar_memstats_heap_alloc{reader="FirstApp"}`. Two keys that become one name
 * are told apart by a label `key`; one with characters that a name cannot hold has it, too, as it would pass for another. The type
 * is unknown: a document does not say whether a number only grows.
 */
export function expvarFamilies(sample: ExpvarSample, reader: string): Family[] {
  const keysByName = new Map<string, string[]>()
  for (const key of Object.keys(sample.values)) {
    const name = lawfulName(key)
    const same = keysByName.get(name)
    if (same === undefined) keysByName.set(name, [key])
    else same.push(key)
  }
  return [...keysByName].map(([name, keys]) => ({
    name,
    type: 'unknown',
    help: `A variable of another process: ${keys.join(', ')}`,
    points: keys.map((key) => ({
      labels: keys.length === 1 && isTold(key) ? { reader } : { reader, key },
      value: sample.values[key]!,
    })),
  }))
}

/** A name in snake case. Source: Prometheus: `[a-zA-Z_:][a-zA-Z0-9_:]*`, colons are for rules. */
function lawfulName(key: string): string {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  return `expvar_${words === '' ? NAMELESS : words.toLowerCase()}`
}

/** Whether its name is like the key: ASCII, of which what is no letter or digit parts words. */
function isTold(key: string): boolean {
  return /[A-Za-z0-9]/.test(key) && /^[ -~]*$/.test(key)
}
