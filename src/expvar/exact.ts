/**
 * JSON whose integers beyond 2^53 stay exact. `JSON.parse` rounds them, and tells their text only from Node 21 on.
 *
 * Integers of 16 to 20 digits, all that 64 bits may need, are put between quotes with a mark before them, and the native
 * parser does the rest: a document with hundreds of numbers costs half as much again as `JSON.parse` alone. A place
 * inside a text that looks like such an integer becomes a text that ends early and is followed by the mark, which no JSON
 * allows: then the texts are told apart first, at twice the price.
 */
import { type Int64, int64Of } from '../utils/index.ts'

/** A long integer where a value may stand. */
const LONG = /([[,:]\s*)(-?[1-9]\d{15,19})(?=\s*[,\]}])/g
/** A whole text, or a long integer outside of texts. */
const TEXT_OR_LONG = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?[1-9]\d{15,19}(?![\d.eE])/gs

/** A parsed document. */
export interface ExactJson {
  /** As `JSON.parse` gives it, but for long integers, which are marked texts. */
  readonly value: unknown
  /** The integer that a text of `value` stands for; undefined for a text that is one. */
  integer(text: string): Int64 | undefined
}

/**
 * Parses an object or a list; a long integer that is a whole document is rounded.
 *
 * @throws SyntaxError for what is no JSON.
 */
export function parseExact(given: string): ExactJson {
  // No text of the document begins with the mark, however it is written.
  const text = given.replaceAll('"\\u0023', '"#')
  let mark = '#'
  while (text.includes(`"${mark}`)) mark += '#'
  const integer = (marked: string): Int64 | undefined =>
    marked.startsWith(mark) ? int64Of(BigInt(marked.slice(mark.length))) : undefined
  try {
    return { value: JSON.parse(text.replace(LONG, `$1"${mark}$2"`)), integer }
  } catch {
    const quoted = text.replace(TEXT_OR_LONG, (found) => (found[0] === '"' ? found : `"${mark}${found}"`))
    return { value: JSON.parse(quoted), integer }
  }
}
