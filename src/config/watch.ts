/**
 * Watches a configuration file. Editors write a file in place, or a new one that they rename: so its folder is watched, and
 * what counts is whether the text is another than before.
 */
import { type FSWatcher, readFileSync, realpathSync, unwatchFile, watch, watchFile } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'

/** Several events of one change gather this long. */
const SETTLE_MS = 200
/** Where the system cannot watch the folder, or a link leads out of it, the file is looked at this often. */
const LOOK_MS = 2000
/** A file that is gone for so long does not come back at once, as an editor's does. */
const GONE_MS = 2000

/**
 * Calls back when the file's text has changed, once when the file is gone, and when it is back. Links on the way to it are
 * followed, wherever they lead.
 *
 * @returns Ends it.
 */
export function watchConfig(path: string, changed: () => void): () => void {
  const file = resolve(path)
  let text = textOf(file)
  let goneAt: number | undefined
  let timer: NodeJS.Timeout | undefined
  let isLooking = false
  const look = () => {
    timer = undefined
    const now = textOf(file)
    // Its folder may be gone with it, which is watched then in vain.
    if (now === undefined || isReachedByLinks(file)) lookOften()
    if (now === undefined && text !== undefined) {
      goneAt ??= performance.now()
      if (performance.now() - goneAt < GONE_MS) return soon()
    } else goneAt = undefined
    if (now === text) return
    text = now
    changed()
  }
  const soon = () => {
    timer ??= setTimeout(look, SETTLE_MS)
    timer.unref()
  }
  const lookOften = () => {
    if (isLooking) return
    isLooking = true
    watchFile(file, { interval: LOOK_MS, persistent: false }, soon)
    // What changes before its first look is no change to it.
    soon()
  }
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(dirname(file), { persistent: false }, (_, name) => {
      if (name === null || name === basename(file)) soon()
      // The folder itself was moved or deleted.
      else if (name === basename(dirname(file))) lookOften()
    })
    watcher.on('error', lookOften)
  } catch {
    lookOften()
  }
  if (isReachedByLinks(file)) lookOften()
  return () => {
    clearTimeout(timer)
    watcher?.close()
    unwatchFile(file)
  }
}

/** A change of what a link leads to is none in its folder. */
function isReachedByLinks(file: string): boolean {
  try {
    return realpathSync(file) !== file
  } catch {
    return false
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
