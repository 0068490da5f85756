/** Entries as JSON: as they are, and one that holds a bigint with marks, under a key that says so. */
import { markedJson, unmarked } from '../utils/index.ts'

const MARKED = '#exact'

/** The text of what is stored of an entry. @throws TypeError for what contains itself. */
export function exactly(stored: unknown): string {
  const { text, marked } = markedJson(stored)
  return marked ? `{"${MARKED}":${text}}` : text
}

/** What was stored, from its parsed text. */
export function asWritten(json: unknown): unknown {
  const isMarked = typeof json === 'object' && json !== null && MARKED in json
  return isMarked ? unmarked(json[MARKED]) : json
}
