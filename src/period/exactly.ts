/** Entries of a source that does not say how they are stored: as they are, bigints too. */
import { markedJson, unmarked } from '../utils/index.ts'

/** What is stored of an entry; `exact` with marks for one that holds a bigint. */
export function exactly(entry: unknown): unknown {
  const { text, marked } = markedJson(entry)
  return marked ? { exact: JSON.parse(text) } : entry
}

/** The entry that was stored. */
export function asWritten(json: unknown): unknown {
  const isMarked = typeof json === 'object' && json !== null && Object.keys(json).join() === 'exact'
  return isMarked ? unmarked((json as { exact: unknown }).exact) : json
}
