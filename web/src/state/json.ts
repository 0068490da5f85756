/** JSON whose integers beyond 2^53 keep all their digits: as text, since a number would round them. */

/** Sixteen digits in a row, outside of what is a fraction: only such a text is worth the slow way. */
const LONG_NUMBER = /[[:,]-?\d{16}/

/** What a reviver is told of the source text, where the browser does. Source: TC39, JSON.parse source text access. */
interface Context {
  readonly source?: string
}

/** The value of a JSON text. */
export function parseExact(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text)
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown)
}

function exact(_: string, value: unknown, context?: Context): unknown {
  const unsafe = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
  return unsafe && /^-?\d+$/.test(context?.source ?? '') ? context!.source : value
}
