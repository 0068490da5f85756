/**
 * Which process holds a lease, and whether it still lives.
 *
 * A pid alone says nothing: it is given anew, on another boot, in another container. With the time at which the process
 * started, the boot and the pid namespace it names one process for ever. Source: proc(5), pid_namespaces(7).
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { errnoOf } from '../../../utils/index.ts'

/** One process of one boot of one machine. */
export interface Owner {
  readonly pid: number
  /** Clock ticks from boot to the start of the process; null where the system does not say. */
  readonly started: string | null
  /** null where the system does not say. */
  readonly boot: string | null
  /** null where there are none. */
  readonly pid_namespace: string | null
}

/** This process. */
export function thisProcess(): Owner {
  return {
    pid: process.pid,
    started: statOf('self')?.started ?? null,
    boot: textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')),
    pid_namespace: textOf(() => readlinkSync('/proc/self/ns/pid')),
  }
}

/** Whether both are one process. */
export function isSame(a: Owner, b: Owner): boolean {
  return (
    a.pid === b.pid && a.started === b.started && a.boot === b.boot && a.pid_namespace === b.pid_namespace
  )
}

/** Whether a process has certainly ended. False also where that cannot be seen from here: in another container, whose boot id may be its own. */
export function hasEnded(owner: Owner, self: Owner): boolean {
  if (owner.pid_namespace !== self.pid_namespace) return false
  if (owner.boot !== self.boot) return true
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return true
  }
  const stat = statOf(String(owner.pid))
  // With hidepid, another user's process cannot be seen: it lives, as kill has said.
  if (stat === undefined) return false
  return /^[ZX]/.test(stat.state) || (owner.started !== null && stat.started !== owner.started)
}

/** Source: proc(5): field 3 of /proc/pid/stat is the state, field 22 the start; field 2, the command, may hold anything but ends at the last parenthesis. */
function statOf(pid: string): { state: string; started: string } | undefined {
  const stat = textOf(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, started] = [fields?.[0], fields?.[22 - 3]]
  return state === undefined || started === undefined ? undefined : { state, started }
}

function textOf(read: () => string): string | null {
  try {
    return read().trim()
  } catch {
    return null
  }
}
