import { existsSync, mkdirSync, rmdirSync } from 'node:fs'

/** Makes a cgroup; whether it could be made there. */
export function makeGroup(path: string): boolean {
  try {
    mkdirSync(path)
    if (existsSync(`${path}/cgroup.procs`)) return true
    rmdirSync(path)
  } catch {
    // Not root, or none of this version.
  }
  return false
}
