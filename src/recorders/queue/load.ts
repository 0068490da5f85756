/** Segments as files: read back, moved into another folder. */
import { copyFile, open, readFile, rename, rm } from 'node:fs/promises'
import { errnoOf, type Log, messageOf } from '../../utils/index.ts'
import { type ReadLine, readSegment, type Segment } from './segment.ts'

/** The lines of a segment that were not delivered. A file that cannot be read is lost, and that is said. */
export async function loadSegment(
  path: string,
  { done, count }: Segment,
  { log, onLost }: { readonly log: Log; onLost(count: number, why: string): void },
): Promise<ReadLine[]> {
  const content = await readFile(path).catch((error) => {
    log.error({ path, reason: messageOf(error) }, 'cannot read spool')
    onLost(count, 'its spool cannot be read')
    return Buffer.alloc(0)
  })
  const { read, unreadable } = readSegment(content, done)
  if (unreadable > 0) log.warn({ path, lines: unreadable }, 'spool lines left out: they were cut')
  return read
}

/** Moves a file, to another disk too. Throws the system's error: then it is where it was. */
export async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error
    await copyFile(from, to)
    const copy = await open(to, 'r+')
    await copy.sync().finally(() => copy.close())
    await rm(from)
  }
}
