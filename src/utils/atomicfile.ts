/**
 * Files that are either the old or the new, never a part of one: temporary file in the same folder → fsync → rename →
 * fsync of the folder. The previous file stays as `<path>.bak`.
 */
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { unlessMissing } from './errors.ts'

/**
 * Replaces a file by these chunks. On any error the old file stands, and the temporary file is gone.
 *
 * @param chunks Parts of the text in order; an async generator may yield to the event loop between them.
 */
export async function replaceFile(
  path: string,
  chunks: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  const temporary = `${path}.tmp`
  let file: FileHandle | undefined
  try {
    file = await open(temporary, 'w')
    for await (const chunk of chunks) await file.writeFile(chunk)
    await file.sync()
    await file.close()
    file = undefined
    await rename(path, `${path}.bak`).catch(unlessMissing)
    await rename(temporary, path)
  } catch (error) {
    await file?.close().catch(() => {})
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
  await syncFolder(dirname(path))
}

/** Makes renames in a folder outlast a power cut, where the system allows a folder to be synced. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  try {
    await folder?.sync()
  } catch {
    // Some file systems refuse to sync a folder: the rename itself is done.
  } finally {
    await folder?.close()
  }
}
