/** Entries as JSON: as they are, and one that holds a bigint with marks, under a key that says so. */
import { markedJson, unmarked } from '../utils/index.ts'

const EXACT = '#exact'
/** Around an entry that looks as if it were under one of these keys already. */
const PLAIN = '#plain'

/** The text of what is stored of an entry. @throws TypeError for what contains itself. */
export function exactly(stored: unknown): string {
  const { text, marked } = markedJson(stored)
  if (marked) return `{"${EXACT}":${text}}`
  return keyOf(stored) === undefined ? text : `{"${PLAIN}":${text}}`
}

/** What was stored, from its parsed text. */
export function asWritten(json: unknown): unknown {
  const key = keyOf(json)
  if (key === undefined) return json
  const inner = (json as Record<string, unknown>)[key]
  return key === EXACT ? unmarked(inner) : inner
}

/** The one of the two keys that an object has and no other. */
function keyOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const [key, second] = Object.keys(value)
  return second === undefined && (key === EXACT || key === PLAIN) ? key : undefined
}
