/** Files that were full: `documents.ndjson` becomes `documents.2026-11-22T03-00-00.000Z.ndjson`, and the oldest go. */
import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'

const STAMP = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/

/** Gives a file the time in its name. Two in one millisecond get two names. Throws the system's error. */
export async function setAside(path: string, now: number): Promise<void> {
  const taken = new Set(await setAsideFiles(path))
  const extension = extname(path)
  const stem = path.slice(0, path.length - extension.length)
  let at = now
  let aside: string
  do aside = `${stem}.${new Date(at++).toISOString().replaceAll(':', '-')}${extension}`
  while (taken.has(aside))
  await rename(path, aside)
}

/** Deletes all but the newest `keep` of those that were set aside. Throws the system's error. */
export async function deleteOldest(path: string, keep: number): Promise<void> {
  const files = await setAsideFiles(path)
  for (const file of files.slice(0, Math.max(0, files.length - keep))) await rm(file, { force: true })
}

/** Those that were set aside, oldest first. */
async function setAsideFiles(path: string): Promise<string[]> {
  const extension = extname(path)
  const stem = `${basename(path, extension)}.`
  const names = (await readdir(dirname(path))).filter(
    (name) =>
      name.startsWith(stem) &&
      name.endsWith(extension) &&
      STAMP.test(name.slice(stem.length, name.length - extension.length)),
  )
  return names.sort().map((name) => join(dirname(path), name))
}
