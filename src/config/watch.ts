/**
 * Watches a configuration file. Editors write a file in place, or a new one that they rename: so its folder is watched, and
 * what counts is whether the text is another than before.
 */
import { type FSWatcher, readFileSync, unwatchFile, watch, watchFile } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'

/** Several events of one change gather this long. */
const SETTLE_MS = 200
/** Where the system cannot watch a folder, the file is looked at this often. */
const LOOK_MS = 2000

/**
 * Calls back when the file's text has changed; a file that is gone has not. A link (as in a Kubernetes volume) is followed when
 * something in its folder changes.
 *
 * @returns Ends it.
 */
export function watchConfig(path: string, changed: () => void): () => void {
  const file = resolve(path)
  let text = textOf(file)
  let timer: NodeJS.Timeout | undefined
  const look = () => {
    timer = undefined
    const now = textOf(file)
    if (now === undefined || now === text) return
    text = now
    changed()
  }
  const soon = () => {
    timer ??= setTimeout(look, SETTLE_MS)
  }
  let watcher: FSWatcher | undefined
  try {
    // In the folder of a link other names change: any event there is a reason to look.
    watcher = watch(dirname(file), { persistent: false }, (_, name) => {
      if (name === null || name === basename(file) || name.startsWith('..')) soon()
    })
    watcher.on('error', () => watchFile(file, { interval: LOOK_MS, persistent: false }, soon))
  } catch {
    watchFile(file, { interval: LOOK_MS, persistent: false }, soon)
  }
  return () => {
    clearTimeout(timer)
    watcher?.close()
    unwatchFile(file)
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
