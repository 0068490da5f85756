/** A sample of any shape as a list of names and values: what a table of live values shows. */

/** One number or text of a sample. */
export interface Variable {
  /** Nested names joined by dots. */
  readonly key: string
  /** Integers beyond 2^53 are text; null where only its history is known. */
  readonly value: number | string | null
  /** Growth per second; null for texts, and until a second sample has come. */
  readonly rate: number | null
  /** Unix seconds of the sample. */
  readonly at: number
}

/** Values of one sample; beyond, the rest is left out. */
const MAX_VARIABLES = 5000
const MAX_DEPTH = 8

/**
 * Numbers, texts and truths of a sample, sorted by name; lists are left out. A sample that holds `values`, `texts` and `rates`, as
 * those of `/debug/vars` do, is taken apart by these. Where no rates are told, they are those since the variables before.
 */
export function flatten(
  sample: Readonly<Record<string, unknown>>,
  before: readonly Variable[] = [],
): readonly Variable[] {
  const { timestamp, values, texts, rates, ...rest } = sample
  const at = typeof timestamp === 'number' ? timestamp : 0
  const told = isMap(values) && isMap(rates)
  const found: [string, number | string][] = []
  walk(
    told ? { ...values, ...(isMap(texts) ? texts : {}) } : { ...rest, ...defined({ values, texts, rates }) },
    '',
    0,
    found,
  )
  const last = new Map(before.map((each) => [each.key, each]))
  return found
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => {
      const rate = told
        ? Object.hasOwn(rates as object, key)
          ? (rates as Record<string, number>)[key]!
          : null
        : rateOf(value, at, last.get(key))
      return { key, value, rate, at }
    })
}

/** Growth per second since the variable before; null where there is none, for texts, and after a step back. */
export function rateOf(value: Variable['value'], at: number, before: Variable | undefined): number | null {
  if (typeof value !== 'number' || typeof before?.value !== 'number') return null
  // The same sample again says nothing new.
  if (at <= before.at) return before.rate
  return value < before.value ? null : (value - before.value) / (at - before.at)
}

function walk(value: unknown, key: string, depth: number, found: [string, number | string][]): void {
  if (found.length >= MAX_VARIABLES || depth > MAX_DEPTH) return
  if (typeof value === 'number' || typeof value === 'string') found.push([key, value])
  else if (typeof value === 'boolean') found.push([key, String(value)])
  else if (isMap(value)) {
    for (const [name, each] of Object.entries(value))
      walk(each, key === '' ? name : `${key}.${name}`, depth + 1, found)
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function defined(map: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined))
}
