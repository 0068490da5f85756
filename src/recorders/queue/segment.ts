/** One file of a spool. */
import { lineOf, parseLine, type Spooled } from './line.ts'

/** What is known of a file of a spool: its lines that were not delivered yet are those behind `done`. */
export interface Segment {
  /** Grows with each new file, also over restarts. */
  readonly number: number
  bytes: number
  /** All lines, cut ones too. */
  lines: number
  /** Lines that were delivered. */
  done: number
  /** Documents or points of the lines that were not. */
  count: number
}

/** A line that was read back. */
export interface ReadLine extends Spooled {
  /** Its place in the file, from 0. */
  readonly line: number
}

const NAME = /^(\d{10})\.ndjson$/

/** A segment's file name. */
export function segmentName(number: number): string {
  return `${String(number).padStart(10, '0')}.ndjson`
}

/** The number in a segment's file name; undefined for other files. */
export function segmentNumber(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** The lines behind the first `done`; those that were cut are passed over and counted. */
export function readSegment(content: Buffer, done: number): { read: ReadLine[]; unreadable: number } {
  const read: ReadLine[] = []
  let unreadable = 0
  const lines = content.toString('utf8').split('\n')
  for (let line = done; line < lines.length; line++) {
    if (lines[line] === '') continue
    const spooled = parseLine(lines[line]!)
    if (spooled === undefined) unreadable++
    else read.push({ ...spooled, line })
  }
  return { read, unreadable }
}

/** The text of as many lines as this many bytes take, at least one. `to` is the place behind the last, `count` what they hold. */
export function writeLines(
  items: readonly Spooled[],
  from: number,
  maxBytes: number,
): { text: string; bytes: number; to: number; count: number } {
  let text = ''
  let bytes = 0
  let count = 0
  let to = from
  while (to < items.length && bytes < maxBytes) {
    const line = `${lineOf(items[to]!)}\n`
    text += line
    bytes += Buffer.byteLength(line)
    count += items[to]!.count
    to++
  }
  return { text, bytes, to, count }
}
