/**
 * One user per folder: of data, of a spool.
 *
 * The lock is a listening socket in Linux's abstract namespace: the kernel frees it however its owner ends, so no lock is ever
 * left behind by a crash, and nothing needs to guess whether a pid is alive. Source: unix(7). Elsewhere there is no lock.
 */
import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { createServer } from 'node:net'
import { errnoOf, MetricsError } from './errors.ts'

/**
 * Takes a folder; the returned function frees it.
 *
 * @param kind What the folder is, for the error: `data folder`.
 * @throws MetricsError `conflict` when it is taken, by another process or by this one.
 */
export async function lockFolder(dir: string, kind: string): Promise<() => void> {
  if (process.platform !== 'linux') return () => {}
  const name = `\0treering-${createHash('sha256').update(realpathSync(dir)).digest('hex').slice(0, 32)}`
  const lock = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    lock.once('error', (error) => {
      if (errnoOf(error) !== 'EADDRINUSE') return resolve()
      reject(new MetricsError('conflict', `cannot use ${kind} ${dir}: another treering is using it`))
    })
    lock.listen(name, () => resolve())
  })
  lock.unref()
  return () => void lock.close()
}
