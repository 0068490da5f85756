/** The note of how much of a spool was delivered: the file `delivered`, `0000000007 0000000120`. */
import { constants } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, type Log, messageOf } from '../../utils/index.ts'

const FILE = 'delivered'
const DIGITS = 10

/** The first `done` lines of segment `number` were delivered. */
export interface Note {
  readonly number: number
  readonly done: number
}

/** The note in a folder; zeros where there is none. Throws the system's error. */
export async function readNote(folder: string): Promise<Note> {
  try {
    const [number, done] = (await readFile(join(folder, FILE), 'utf8')).split(' ')
    return { number: Number(number) || 0, done: Number(done) || 0 }
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    return { number: 0, done: 0 }
  }
}

/** Notes down what of a segment was delivered. A note that fails costs at most a second delivery. */
export async function noteDelivered(folder: string, note: Note, log: Log): Promise<void> {
  await writeNote(folder, note).catch((error) =>
    log.debug({ folder, reason: messageOf(error) }, 'cannot note what was delivered'),
  )
}

/** Over the one before: always as long, in one write, so that it is never cut. */
async function writeNote(folder: string, { number, done }: Note): Promise<void> {
  const file = await open(join(folder, FILE), constants.O_WRONLY | constants.O_CREAT)
  try {
    await file.write(`${String(number).padStart(DIGITS, '0')} ${String(done).padStart(DIGITS, '0')}\n`, 0)
  } finally {
    await file.close()
  }
}
