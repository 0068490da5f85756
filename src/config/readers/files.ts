/** Files that a reader names: a relative one is below the folder of the configuration file, as everywhere in it. */
import { type Reader, resolvePath } from '../config.ts'

type Files = Readonly<Record<string, unknown>>

/** Options that are files, whatever the type of the reader. */
const FILES = ['ca', 'cert', 'key', 'mapFile', 'directory']

/** The reader with its files as absolute paths. Names without a `/` in `files` stay: they are in the counters directory. */
export function resolveFiles(reader: Reader, from: string): Reader {
  const resolved: Record<string, unknown> = { ...below(reader as Files, from) }
  if (reader.type === 'counters' && reader.files !== undefined)
    resolved.files = reader.files.map((file) => (file.includes('/') ? resolvePath(file, from) : file))
  if (reader.type === 'uptime' && reader.targets !== undefined)
    resolved.targets = Object.fromEntries(
      Object.entries(reader.targets).map(([alias, target]) => [
        alias,
        typeof target === 'string' ? target : below(target as Files, from),
      ]),
    )
  return resolved as never
}

function below(options: Files, from: string): Files {
  const found = FILES.filter((key) => typeof options[key] === 'string')
  const paths = found.map((key) => [key, resolvePath(options[key] as string, from)])
  return { ...options, ...Object.fromEntries(paths) }
}
