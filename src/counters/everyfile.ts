/**
 * The files of several sources under one name each.
 *
 * A file's name is that without its folder; of two that share it, it is the first source's, and the other is
 * `<source>:<name>`, which each file may be called. A path that two sources follow is told of once.
 */
import { resolve } from 'node:path'
import { MetricsError } from '../utils/index.ts'
import type { CountersFiles, FollowedFile } from './files.ts'

/** A source of counters, as far as its files go. */
export interface FilesOfSource {
  /** Its name. */
  readonly name: string
  readonly files: CountersFiles
}

/** All files of these sources, in their order. Throws `unavailable` when none of them can be listed. */
export function listEvery(sources: readonly FilesOfSource[]): FollowedFile[] {
  const paths = new Set<string>()
  const names = new Set<string>()
  const all = eachOf(sources, ({ name, files }) => files.list().map((file) => ({ source: name, file })))
  return all.flatMap(({ source, file }) => {
    const path = resolve(file.path)
    if (paths.has(path)) return []
    paths.add(path)
    const name = names.has(file.name) ? `${source}:${file.name}` : file.name
    names.add(name)
    return { ...file, name }
  })
}

/**
 * The source that follows the file of a name, and what the file is called there.
 *
 * @throws MetricsError `not_found`; `unavailable` when it is in none of those that can be listed.
 */
export function findEvery(
  sources: readonly FilesOfSource[],
  wanted: string,
): { files: CountersFiles; name: string } {
  const [plain] = eachOf(sources, ({ files }) => (files.has(wanted) ? [{ files, name: wanted }] : []))
  if (plain !== undefined) return plain
  const colon = wanted.indexOf(':')
  const name = wanted.slice(colon + 1)
  const named = colon < 0 ? undefined : sources.find((source) => source.name === wanted.slice(0, colon))
  if (named?.files.has(name)) return { files: named.files, name }
  throw new MetricsError('not_found', `no counters file ${JSON.stringify(wanted)}`)
}

/** What each source gives; one that throws is left out, unless nothing is found in the others. */
function eachOf<T>(sources: readonly FilesOfSource[], look: (source: FilesOfSource) => T[]): T[] {
  const failures: unknown[] = []
  const found = sources.flatMap((source) => {
    try {
      return look(source)
    } catch (error) {
      failures.push(error)
      return []
    }
  })
  if (found.length === 0 && failures.length > 0) throw failures[0]
  return found
}
