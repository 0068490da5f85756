/** Whether a file's writer still lives. */
import { readFileSync } from 'node:fs'
import { errnoOf } from '../utils/index.ts'

const MAX_PID = 2 ** 31 - 1

/**
 * Whether a process of this number lives on this machine (in this container). One that ended and that its parent has
 * not yet taken note of (a zombie) does not. A process of another user does, although it cannot be signalled.
 */
export function processLives(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid > MAX_PID) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (errnoOf(error) !== 'EPERM') return false
  }
  return !isZombie(pid)
}

/** Source: proc(5): field 3 of /proc/pid/stat, behind the command's name in parentheses, is the state; Z zombie, X dead. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}
