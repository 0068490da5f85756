/**
 * JSON that gives back what was written, bigints too: for text that nobody else reads.
 *
 * Differs from `exactJson`, whose digits do not tell a bigint from a double as large. A value without any bigint is written the native way.
 */

/** Begins the text that stands for a bigint; a text that begins so itself has one more before it. */
const MARK = '#'

/** A value as text; `marked` says that texts in it carry marks. */
export interface MarkedJson {
  readonly text: string
  readonly marked: boolean
}

/** Writes a value. @throws TypeError for one that contains itself. */
export function markedJson(value: unknown): MarkedJson {
  try {
    return { text: JSON.stringify(value) ?? 'null', marked: false }
  } catch (error) {
    // A cycle throws again below.
    if (!(error instanceof TypeError)) throw error
    return { text: JSON.stringify(value, mark), marked: true }
  }
}

/** The value that was written, from its parsed JSON, in place: numbers and bigints are what they were. @throws SyntaxError */
export function unmarked(json: unknown): unknown {
  if (typeof json === 'string') return json.startsWith(MARK) ? unmarkedText(json.slice(1)) : json
  if (typeof json !== 'object' || json === null) return json
  const members = json as Record<string, unknown>
  for (const name of Object.keys(members)) members[name] = unmarked(members[name])
  return members
}

function mark(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${MARK}${value}`
  return typeof value === 'string' && value.startsWith(MARK) ? MARK + value : value
}

function unmarkedText(text: string): string | bigint {
  return text.startsWith(MARK) ? text : BigInt(text)
}
