/** What an earlier run left in a spool. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { countOfLine } from './line.ts'
import { readNote } from './note.ts'
import { type Segment, segmentName, segmentNumber } from './segment.ts'

const NEWLINE = 10
/** Enough of a line to find its count in. */
const BEGINNING = 24

/** The segments of a folder, oldest first, and a number that none of them, and none before them, had. Throws the system's error. */
export async function survey(folder: string): Promise<{ segments: Segment[]; next: number }> {
  const note = await readNote(folder)
  const numbers = (await readdir(folder)).flatMap((name) => segmentNumber(name) ?? []).sort((a, b) => a - b)
  const segments: Segment[] = []
  for (const number of numbers) {
    const content = await readFile(join(folder, segmentName(number)))
    segments.push(surveySegment(number, content, number === note.number ? note.done : 0))
  }
  return { segments, next: Math.max(note.number, numbers.at(-1) ?? 0) + 1 }
}

/** What a file holds, by its line breaks. A line that was cut at the end is one, too. */
function surveySegment(number: number, content: Buffer, done: number): Segment {
  let lines = 0
  let count = 0
  for (let from = 0; from < content.length; lines++) {
    const newline = content.indexOf(NEWLINE, from)
    const to = newline === -1 ? content.length : newline
    if (lines >= done) count += countOfLine(content.toString('latin1', from, Math.min(to, from + BEGINNING)))
    from = to + 1
  }
  return { number, bytes: content.length, lines, done: Math.min(done, lines), count }
}
