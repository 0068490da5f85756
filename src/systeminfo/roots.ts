/**
 * Where the kernel's file systems are: a container that watches its host has them mounted elsewhere.
 * Source: gopsutil's variables `HOST_PROC`, `HOST_SYS` and `HOST_ROOT`.
 */

/** Directories that stand for `/proc`, `/sys` and `/`, without a slash at the end (`/` itself is `''`). */
export interface Roots {
  readonly proc: string
  readonly sys: string
  /** Put before each mount point. */
  readonly root: string
  /** This process's own `/proc` and `/sys`, whose cgroup limits hold for it whatever it watches. */
  readonly ownProc: string
  readonly ownSys: string
}

/** Roots from options, then the environment, then the usual places. */
export function rootsOf(given: Partial<Roots> = {}, env: NodeJS.ProcessEnv = process.env): Roots {
  const clean = (path: string | undefined, usual: string) => (path || usual).replace(/\/+$/, '')
  return {
    proc: clean(given.proc ?? env.HOST_PROC, '/proc'),
    sys: clean(given.sys ?? env.HOST_SYS, '/sys'),
    root: clean(given.root ?? env.HOST_ROOT, '/'),
    ownProc: clean(given.ownProc, '/proc'),
    ownSys: clean(given.ownSys, '/sys'),
  }
}

/**
 * Paths of a file that belongs to a namespace, best first. Under a foreign `/proc`, `self` is this process, in its own
 * namespaces; process 1 is the host's.
 */
export function namespacedPaths(proc: string, name: string): string[] {
  return proc === '/proc'
    ? [`/proc/self/${name}`]
    : [`${proc}/1/${name}`, `${proc}/self/${name}`, `${proc}/${name}`]
}
