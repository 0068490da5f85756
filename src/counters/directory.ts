/** Where counters files live, the same place for Java, Go and Node. */
import { lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { errnoOf, MetricsError, messageOf, userName } from '../utils/index.ts'

/**
 * The directory: environment `mcounters.dir` or `MCOUNTERS_DIR` (no shell can export the former), else
 * `/dev/shm/mcounters-<user>` (the number of a user without a name) where there is `/dev/shm`, else the same below the temporary directory.
 */
export function countersDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const named = env['mcounters.dir'] || env.MCOUNTERS_DIR
  if (named) return resolve(named)
  const memory = '/dev/shm'
  const base = statSync(memory, { throwIfNoEntry: false })?.isDirectory() ? memory : tmpdir()
  return join(base, `mcounters-${userName()}`)
}

/** The path of a file: a bare name lies in the counters directory, anything with a `/` is a path. */
export function countersPath(nameOrPath: string): string {
  if (nameOrPath === '' || nameOrPath === '.' || nameOrPath === '..' || nameOrPath.includes('\0')) {
    throw new MetricsError('invalid', `${JSON.stringify(nameOrPath)} is not the name of a counters file`)
  }
  if (isAbsolute(nameOrPath) || nameOrPath.includes('/') || nameOrPath.includes(sep))
    return resolve(nameOrPath)
  return join(countersDirectory(), nameOrPath)
}

/** Names of the files in a directory, sorted; hidden ones left out. Empty when there is no such directory yet. */
export function listCounters(directory: string = countersDirectory()): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => !entry.name.startsWith('.') && (entry.isFile() || entry.isSymbolicLink()))
      .map((entry) => entry.name)
      .sort()
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return []
    throw new MetricsError(
      'unavailable',
      `cannot list counters directory ${directory}: ${messageOf(cause)}`,
      { cause },
    )
  }
}

/**
 * Makes the counters directory, if that is where a file is to be. `/dev/shm` and `/tmp` are everybody's: a default
 * directory that another user made beforehand, or a link, would let that user replace our files, so it is refused.
 */
export function makeDirectoryFor(path: string): void {
  const directory = dirname(path)
  if (directory !== countersDirectory()) return
  mkdirSync(directory, { recursive: true, mode: 0o755 })
  if (directory !== countersDirectory({})) return
  const stat = lstatSync(directory)
  const uid = process.getuid?.()
  if (!stat.isDirectory() || (uid !== undefined && stat.uid !== uid)) {
    throw new MetricsError(
      'conflict',
      `cannot use counters directory ${directory}: it belongs to another user`,
    )
  }
}
