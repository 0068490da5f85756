/**
 * Where task numbers of type `file` are where nobody says it: one folder for all programs of a user on a host.
 *
 * Not below a program's data folder, which is its own: two programs would each take number 0 there. Not in `/dev/shm` or
 * `$XDG_RUNTIME_DIR`, which are emptied when the user logs out, under programs that go on. What is in it outlasts every end of a process; at the
 * next boot all leases have ended anyway. Source: logind.conf(5), RemoveIPC; tmpfiles.d(5): files in use here are never old.
 */
import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errnoOf, MetricsError, messageOf, userName } from '../../../utils/index.ts'

/** `<temporary folder>/treering-tasks-<user>`. */
export function tasksFolder(): string {
  return join(tmpdir(), `treering-tasks-${userName()}`)
}

/**
 * Makes that folder, for its user alone. The temporary folder is everybody's: one that another user made beforehand, or a link, would let
 * that user say who has which number.
 *
 * @throws MetricsError `conflict` where it is somebody else's, `unavailable` where it cannot be made.
 */
export function makeTasksFolder(dir: string): void {
  try {
    mkdirSync(dir, { mode: 0o700 })
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST')
      throw new MetricsError('unavailable', `cannot make folder ${dir}: ${messageOf(error)}`, {
        cause: error,
      })
  }
  const found = lstatSync(dir)
  const uid = process.geteuid?.()
  const reason = !found.isDirectory()
    ? 'it is no folder'
    : uid !== undefined && found.uid !== uid
      ? 'it belongs to another user'
      : uid !== undefined && (found.mode & 0o022) !== 0
        ? 'others may write in it'
        : undefined
  if (reason !== undefined)
    throw new MetricsError(
      'conflict',
      `cannot keep task numbers in ${dir}: ${reason}: name a folder by task_numbers.dir`,
    )
}
