/**
 * Follows counters files: opens those that appear, opens anew what was made anew, lets go what is gone.
 *
 * A path's file is the one that was opened as long as its inode and size are the same: while it is open here the inode's number
 * cannot be given to another. One that cannot be read keeps its place, with the reason.
 */
import { type Stats, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { counted, MetricsError, messageOf } from '../utils/index.ts'
import { countersDirectory, countersPath, listCounters } from './directory.ts'
import { type CountersReader, openCounters } from './reader.ts'

/** Files followed in a directory. Those that come when there are as many are left out, and told by `fault`. */
export const MAX_FILES = 256
/** Changes of a directory this near to each other may carry the same time. Source: the kernel's tick, 10 ms at most. */
const SAME_TIME_MS = 100

/** Which files. */
export interface CountersFilesOptions {
  /** Names or paths. Given these, no directory is looked at. */
  readonly files?: readonly string[] | undefined
  /** @default countersDirectory() */
  readonly directory?: string | undefined
}

/** A followed file: its reader, or why there is none. */
export interface FollowedFile {
  /** Its name without the folder. */
  readonly name: string
  readonly path: string
  readonly reader: CountersReader | undefined
  readonly error: string | undefined
}

interface Followed extends FollowedFile {
  /** What its opening threw. */
  readonly failure: unknown
  readonly dev: number
  readonly ino: number
  readonly size: number
}

/** Counters files by name. All calls are synchronous; nothing is opened before the first. */
export class CountersFiles {
  readonly #paths: ReadonlyMap<string, string> | undefined
  readonly #directory: string
  readonly #followed = new Map<string, Followed>()
  #listed: { changed: number | undefined; at: number; paths: ReadonlyMap<string, string>; leftOut: number } =
    {
      changed: undefined,
      at: 0,
      paths: new Map(),
      leftOut: 0,
    }

  /** @throws MetricsError `invalid` when two of the given files have one name. */
  constructor(options: CountersFilesOptions = {}) {
    this.#paths = options.files && pathsByName(options.files)
    this.#directory = options.directory ?? countersDirectory()
  }

  /** All files as they are now, sorted by name if a directory is followed. @throws MetricsError `unavailable` */
  list(): FollowedFile[] {
    const paths = this.#paths ?? this.#inDirectory()
    for (const name of this.#followed.keys()) if (!paths.has(name)) this.drop(name)
    return [...paths].map(([name, path]) => this.#follow(name, path))
  }

  /** Whether a file of this name is followed. @throws MetricsError `unavailable` */
  has(name: string): boolean {
    return (this.#paths ?? this.#inDirectory()).has(name)
  }

  /**
   * The reader of a file as it is now.
   *
   * @throws MetricsError `not_found` for a name that is not there, and what `openCounters` throws.
   */
  reader(name: string): CountersReader {
    const path = (this.#paths ?? this.#inDirectory()).get(name)
    if (path === undefined) throw new MetricsError('not_found', `no counters file ${JSON.stringify(name)}`)
    const { reader, failure } = this.#follow(name, path)
    if (reader === undefined) throw failure
    return reader
  }

  /** What is wrong with the directory as it was last listed; undefined when all its files are followed. */
  get fault(): string | undefined {
    const { leftOut } = this.#listed
    if (leftOut === 0) return undefined
    const [files, are] = [counted(leftOut, 'file'), leftOut === 1 ? 'is' : 'are']
    return `${files} of ${this.#directory} ${are} left out: ${MAX_FILES} are followed at most`
  }

  /** Lets a file go; the next look opens it anew. For a reader that failed. */
  drop(name: string): void {
    this.#followed.get(name)?.reader?.close()
    this.#followed.delete(name)
  }

  /** Lets all files go. */
  close(): void {
    for (const name of [...this.#followed.keys()]) this.drop(name)
  }

  /** The directory is listed when its time of change is another, and while that is so young that a change after it could have it too. */
  #inDirectory(): ReadonlyMap<string, string> {
    const changed = statOf(this.#directory)?.mtimeMs
    if (
      changed === undefined ||
      changed !== this.#listed.changed ||
      this.#listed.at - changed < SAME_TIME_MS
    ) {
      const names = changed === undefined ? [] : listCounters(this.#directory)
      const paths = new Map(this.#chosen(names).map((name) => [name, join(this.#directory, name)]))
      this.#listed = { changed, at: Date.now(), paths, leftOut: names.length - paths.size }
    }
    return this.#listed.paths
  }

  /** Where there are too many, those that are followed already stay. */
  #chosen(names: readonly string[]): readonly string[] {
    if (names.length <= MAX_FILES) return names
    const going = names.filter((name) => this.#listed.paths.has(name))
    const fresh = names.filter((name) => !this.#listed.paths.has(name))
    return [...going, ...fresh].slice(0, MAX_FILES).sort()
  }

  #follow(name: string, path: string): Followed {
    const known = this.#followed.get(name)
    const { dev, ino, size } = identityOf(path)
    if (known?.reader !== undefined && known.ino === ino && known.dev === dev && known.size === size)
      return known
    this.drop(name)
    const followed = { name, path, dev, ino, size, ...tryOpen(path) }
    this.#followed.set(name, followed)
    return followed
  }
}

/** Undefined for what is not there. @throws MetricsError `unavailable`, such as for a folder without permission. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (cause) {
    throw new MetricsError('unavailable', `cannot look for counters in ${path}: ${messageOf(cause)}`, {
      cause,
    })
  }
}

/** Zeros for what is not there or may not be looked at: opening it says why, and harms no other file. */
function identityOf(path: string): Pick<Stats, 'dev' | 'ino' | 'size'> {
  try {
    return statSync(path)
  } catch {
    return { dev: 0, ino: 0, size: 0 }
  }
}

function tryOpen(path: string): Pick<Followed, 'reader' | 'error' | 'failure'> {
  try {
    return { reader: openCounters(path), error: undefined, failure: undefined }
  } catch (failure) {
    return { reader: undefined, error: messageOf(failure), failure }
  }
}

function pathsByName(files: readonly string[]): Map<string, string> {
  const paths = new Map(files.map((file) => [basename(countersPath(file)), countersPath(file)]))
  if (paths.size === new Set(files.map(countersPath)).size) return paths
  throw new MetricsError('invalid', `two counters files have one name: ${files.join(', ')}`)
}
