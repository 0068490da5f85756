/**
 * Files that a reader names: a relative one is below the folder of the configuration file, as everywhere in it.
 *
 * They are resolved before the reader is checked, since some are read then.
 */
import { resolvePath } from '../config.ts'

type Given = Readonly<Record<string, unknown>>

/** Keys that are files, of a reader or of a target. */
const FILES = ['ca', 'cert', 'key', 'map_file', 'directory']

/** A reader as it was written, with its files as absolute paths. Counters files without a `/` stay: they are in the counters directory. */
export function resolveFiles(given: Given, from: string): Given {
  const resolved: Record<string, unknown> = below(given, from)
  const counters = (file: unknown) =>
    typeof file === 'string' && file.includes('/') ? resolvePath(file, from) : file
  const { file, files, targets } = given
  if (file !== undefined) resolved.file = counters(file)
  if (Array.isArray(files)) resolved.files = files.map(counters)
  if (isMap(targets))
    resolved.targets = Object.fromEntries(
      Object.entries(targets).map(([alias, target]) => [alias, isMap(target) ? below(target, from) : target]),
    )
  return resolved
}

function below(given: Given, from: string): Record<string, unknown> {
  const found = FILES.filter((key) => typeof given[key] === 'string' && given[key] !== '')
  const paths = found.map((key) => [key, resolvePath(given[key] as string, from)])
  return { ...given, ...Object.fromEntries(paths) }
}

function isMap(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
