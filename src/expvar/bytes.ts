/** Which numbers are bytes, and which lists are pauses: what the document for recorders converts. */

/** Unit → bytes. */
const UNITS = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 } as const

/** The unit that a number of bytes is shipped in. */
export type ByteUnit = keyof typeof UNITS
/** Names of the units. */
export const BYTE_UNITS = Object.keys(UNITS) as readonly ByteUnit[]

/** Source: expvastic's default map. */
const DEFAULT_BYTES = [
  'Alloc',
  'TotalAlloc',
  'Sys',
  'HeapAlloc',
  'HeapSys',
  'HeapIdle',
  'HeapInuse',
  'HeapReleased',
  'StackInuse',
]
const DEFAULT_LISTS = ['PauseEnd', 'PauseNs']
/** The defaults hold for a literal dotted key, too. */
const MEMSTATS = 'memstats.'

/** What is added to the defaults. */
export interface ByteMapOptions {
  /**
   * Last part of a key, in any case → the unit its number is shipped in; `b` ships it as it is.
   * Differs from expvastic: added to the defaults instead of replacing them, and `b` divides by 1, not by 2^20.
   */
  readonly memoryBytes?: Readonly<Record<string, ByteUnit>>
  /** Last parts of keys whose lists are nanoseconds of garbage collection; case matters. */
  readonly gcTypes?: readonly string[]
}

/** Tells bytes and pauses by the last part of a key. */
export interface ByteMap {
  /** Bytes of the unit that a number is shipped in; undefined when it is no number of bytes. */
  divisor(leaf: string): number | undefined
  isPauses(leaf: string): boolean
}

/** @throws TypeError for a unit that does not exist. */
export function byteMap({ memoryBytes = {}, gcTypes = [] }: ByteMapOptions = {}): ByteMap {
  const divisors = new Map<string, number>()
  for (const name of DEFAULT_BYTES) {
    for (const key of [name, MEMSTATS + name]) divisors.set(key.toLowerCase(), UNITS.mb)
  }
  for (const [name, unit] of Object.entries(memoryBytes)) {
    if (!Object.hasOwn(UNITS, unit))
      throw new TypeError(`cannot ship ${name} in ${unit}: allowed are ${BYTE_UNITS.join(', ')}`)
    divisors.set(name.toLowerCase(), UNITS[unit])
  }
  const lists = new Set([...DEFAULT_LISTS.flatMap((name) => [name, MEMSTATS + name]), ...gcTypes])
  return { divisor: (leaf) => divisors.get(leaf.toLowerCase()), isPauses: (leaf) => lists.has(leaf) }
}
