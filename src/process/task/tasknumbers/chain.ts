/**
 * A text that several processes change in turn, without a lock: a folder with a chain of numbered files, of which the last one holds.
 *
 * ```
 * 00000041.json   ← kept for those who are just reading it
 * 00000042.json   ← what holds
 * 1234-5f3a.tmp   ← becomes 00000043.json, if nobody else's does
 * ```
 *
 * Whoever changes the text writes a temporary file and gives it the name of the next link by link(2), which fails where that
 * name exists: one of several wins, with all of its text, and the others read again. A process that is killed at
 * any point leaves the chain whole, so nothing must ever be found stale and broken open, which is where locks in files fail.
 *
 * Links are deleted when `KEPT` newer ones exist. A process that slept in between may link at a place that was deleted long ago: it
 * then sees newer links, far ahead, and takes its own back. Not for network file systems: there, what is seen may be old.
 */
import { randomUUID } from 'node:crypto'
import { link, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, MetricsError, makeFolder, messageOf, unlessMissing } from '../../../utils/index.ts'

/** Newest links that are never deleted. A reader would have to sleep through so many changes between two looks to lose its place. */
const KEPT = 32
/** Links the chain can have: digits of a name. */
const DIGITS = 12
/** A temporary file of this age was left behind by a process that was killed. */
const LEFT_BEHIND_MS = 3_600_000

/** One link: the text as it was at that point of the chain. */
export interface Link {
  /** 0 before the first. */
  readonly number: number
  /** Undefined before the first. */
  readonly text: string | undefined
}

/** The chain in a folder. */
export class Chain {
  readonly dir: string

  constructor(dir: string) {
    this.dir = dir
  }

  /** The last link. @throws MetricsError `unavailable` */
  async last(): Promise<Link> {
    try {
      for (;;) {
        const number = newest(await this.#names())
        if (number === 0) return { number, text: undefined }
        const text = await readFile(this.#path(number), 'utf8').catch(unlessMissing)
        // Deleted since: there are newer ones.
        if (text !== undefined) return { number, text }
      }
    } catch (error) {
      throw this.#unavailable('read', error)
    }
  }

  /**
   * Puts a text behind this link. False when another process did so first: read again then. Also false in the rare case that many have
   * followed meanwhile and it cannot be known: so what is put must be fit to be put twice.
   *
   * @throws MetricsError `unavailable`
   */
  async put(after: Link, text: string): Promise<boolean> {
    const number = after.number + 1
    const temporary = join(this.dir, `${process.pid}-${randomUUID()}.tmp`)
    try {
      makeFolder(this.dir)
      await writeFile(temporary, text, { flag: 'wx' })
      const won = await link(temporary, this.#path(number)).then(() => true, taken)
      if (!won) return false
      const names = await this.#names()
      if (newest(names) >= number + KEPT) {
        await rm(this.#path(number), { force: true })
        return false
      }
      await this.#clean(names, number)
      return true
    } catch (error) {
      throw this.#unavailable('write', error)
    } finally {
      await rm(temporary, { force: true }).catch(() => {})
    }
  }

  /** Deletes what nobody reads any more. What may not be deleted, in a folder of several users, stays for its owner. */
  async #clean(names: readonly string[], number: number): Promise<void> {
    for (const name of names) {
      const path = join(this.dir, name)
      if (numberOf(name) !== undefined ? numberOf(name)! <= number - KEPT : await isLeftBehind(path))
        await rm(path, { force: true }).catch(() => {})
    }
  }

  async #names(): Promise<readonly string[]> {
    return (await readdir(this.dir).catch(unlessMissing)) ?? []
  }

  #path(number: number): string {
    return join(this.dir, `${String(number).padStart(DIGITS, '0')}.json`)
  }

  #unavailable(verb: string, error: unknown): Error {
    const code = errnoOf(error)
    const reason =
      code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS'
        ? `its file system may have no hard links: ${messageOf(error)}`
        : messageOf(error)
    const text = `cannot ${verb} task numbers in ${this.dir}: ${reason}`
    return new MetricsError('unavailable', text, { cause: error })
  }
}

/** Undefined for what is no link. */
function numberOf(name: string): number | undefined {
  return /^\d+\.json$/.test(name) ? Number.parseInt(name, 10) : undefined
}

function newest(names: readonly string[]): number {
  return names.reduce((most, name) => Math.max(most, numberOf(name) ?? 0), 0)
}

/** A temporary file that is gone was taken for one that was left behind: this process had slept for an hour. */
function taken(error: unknown): false {
  if (errnoOf(error) !== 'EEXIST' && errnoOf(error) !== 'ENOENT') throw error
  return false
}

async function isLeftBehind(path: string): Promise<boolean> {
  if (!path.endsWith('.tmp')) return false
  const found = await stat(path).catch(unlessMissing)
  return found !== undefined && Date.now() - found.mtimeMs > LEFT_BEHIND_MS
}
