/**
 * A history file as text: its entries, one a line, are not parsed when they are what was written.
 *
 *     {"version":1,"seq":7,"entries":{"5m":{"interval":"3s","entries":[
 *     {…},
 *     {…}
 *     ],"timestamps":[…]},…}
 *     ,"crc32":1234567}
 *
 * The checksum is of all bytes before its line. Where it holds, only the lines between are parsed: loading 500 entries takes a third of
 * what parsing all of them does. Where it does not, or there is none, the text is JSON as any other.
 */
import { crc32 } from 'node:zlib'

/** Ends the line before the entries of a ring. */
export const ENTRIES_BEGIN = '"entries":['
const TAIL = /\n,"crc32":(\d{1,10})\}\n$/
/** Bytes in which the tail lies. */
const TAIL_BYTES = 32

/** An entry that is still its JSON. */
export class StoredEntry {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toJSON(): unknown {
    return JSON.parse(this.text)
  }
}

/** The last line of a file whose text so far has this checksum. */
export function tailOf(checksum: number): string {
  return `\n,"crc32":${checksum}}\n`
}

/** Carries a checksum on over more text. */
export function checksumOf(text: string, before = 0): number {
  return crc32(text, before)
}

/** The file's JSON, its entries as `StoredEntry` where it is whole. @throws SyntaxError where it is no JSON. */
export function parseHistory(bytes: Buffer): unknown {
  return parseWhole(bytes) ?? JSON.parse(bytes.toString('utf8'))
}

function parseWhole(bytes: Buffer): unknown {
  const tail = TAIL.exec(bytes.toString('latin1', Math.max(0, bytes.length - TAIL_BYTES)))
  if (tail === null) return undefined
  const body = bytes.subarray(0, bytes.length - tail[0].length)
  if (crc32(body) !== Number(tail[1])) return undefined
  let frame = ''
  const lists: StoredEntry[][] = []
  let list: StoredEntry[] | undefined
  for (const line of body.toString('utf8').split('\n')) {
    if (list !== undefined && !line.startsWith(']'))
      list.push(new StoredEntry(line.endsWith(',') ? line.slice(0, -1) : line))
    else {
      // A ring's list is replaced by its number, which says where the entries are.
      list = line.endsWith(ENTRIES_BEGIN) ? [] : undefined
      frame += list === undefined ? line : `${line}${lists.push(list) - 1}`
    }
  }
  const json = JSON.parse(`${frame}}`) as { entries: Record<string, { entries: unknown[] }> }
  for (const ring of Object.values(json.entries)) ring.entries = lists[ring.entries[0] as number]!
  return json
}
