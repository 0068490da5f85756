/** Values as the text that Go writes for them, byte for byte. */
import { exactJson } from '../utils/index.ts'

/** What Go escapes and JavaScript does not, in every text. */
const ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}
/** Short forms that expvar does not have, while `json.Marshal` has them. */
const LONG_FORMS: Readonly<Record<string, string>> = { ...ESCAPES, '\\b': '\\u0008', '\\f': '\\u000c' }
/** Half a surrogate pair as `JSON.stringify` writes it, any other escape, and what Go escapes beside. */
const SPECIAL = /\\ud[89a-f]..|\\.|[<>&\u2028\u2029]/g

function escaped(json: string, escapes: Readonly<Record<string, string>>): string {
  return json.replace(SPECIAL, (found) => (found.length === 6 ? '\ufffd' : (escapes[found] ?? found)))
}

/**
 * A text between quotes. Half a surrogate pair becomes U+FFFD, as every byte does in Go that is no UTF-8.
 *
 * Source: `appendJSONQuote` of Go's expvar: `<`, `>`, `&` and two line separators are escaped, and of the control characters
 * only line feed, carriage return and tab have short forms.
 */
export function goQuote(text: string): string {
  return escaped(JSON.stringify(text), LONG_FORMS)
}

/** From these powers of ten on Go writes an exponent. Source: `strconv.FormatFloat(x, 'g', -1, 64)`. */
const PLAIN_POWERS = { least: -4, below: 6 }

/**
 * A float as `expvar.Float` writes it: the fewest digits that are this number, `1e+06` from a million on.
 * Differs from Go: what is not finite is `null`; Go writes `NaN` and `+Inf`, and no reader can parse the answer then.
 */
export function goFloat(value: number): string {
  if (!Number.isFinite(value)) return 'null'
  if (Object.is(value, -0)) return '-0'
  const [digits, exponent] = value.toExponential().split('e') as [string, string]
  const power = Number(exponent)
  if (power >= PLAIN_POWERS.least && power < PLAIN_POWERS.below) return String(value)
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

/**
 * Any value as `json.Marshal` writes it: no spaces, and `<`, `>` and `&` escaped. A `bigint` is its digits; what JSON does
 * not have, such as undefined, is `null`. Keys stay in their order, as the fields of a Go struct do.
 */
export function goJson(value: unknown): string {
  const json: string | undefined = exactJson(value)
  return escaped(json ?? 'null', ESCAPES)
}
