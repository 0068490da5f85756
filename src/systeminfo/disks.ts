/** Space of the mounted file systems: the mount table, and statfs(2) for what is shown of it. */
import { statfs } from 'node:fs'
import type { KeptFile } from './files.ts'
import { parseMounts, type ShownMount, shownMounts } from './mounts.ts'
import { percentOf } from './rates.ts'
import { RemoteSpace } from './remote.ts'
import type { Disk } from './sample.ts'
import { SpaceReader, type StatFs } from './space.ts'
import { within } from './within.ts'

/**
 * How often file systems are asked: space changes slowly, and each question wakes a thread, which costs more than all files that
 * are read each second. A little under every tenth beat of a second, which jitter then does not make every eleventh.
 */
export const ROUND_MS = 9_500
/** How often the mount table is read: the kernel writes it anew each time. Read by the next look when a file system's size changes. */
export const TABLE_MS = 18_500
/** A question that is without its answer for this long makes the last one stale; the first reading waits as long. */
const SPACE_TIMEOUT_MS = 300
/** Of Node's four threads, those that stuck local file systems may occupy. */
const LOCAL_OUTSTANDING = 2
/** Local file systems asked in one round, those asked longest ago first. */
const LOCAL_PER_ROUND = 8

/** What a `DisksReader` is made of. */
export interface DisksOptions {
  readonly mounts: KeptFile
  /** Put before each mount point. */
  readonly root: string
  /** Mount points that are always shown, remote ones too. */
  readonly named: readonly string[]
  /** Monotonic milliseconds. */
  readonly clock: () => number
}

/**
 * One file system as `df` shows it; null if it has no size.
 * Source: coreutils df.c: used = blocks − free blocks; the percentage is of used + available.
 */
export function diskOf(mount: ShownMount, stats: StatFs, stale: boolean): Disk | null {
  if (!(stats.blocks > 0)) return null
  const used = Math.max(0, stats.blocks - stats.bfree) * stats.bsize
  const free = Math.max(0, stats.bavail) * stats.bsize
  return {
    path: mount.path,
    fstype: mount.fstype,
    total: stats.blocks * stats.bsize,
    free,
    used,
    used_percent: percentOf(used, used + free),
    ...(stale && { stale: true as const }),
  }
}

/** Reads the space of all shown file systems. */
export class DisksReader {
  readonly #options: DisksOptions
  readonly #local: SpaceReader
  readonly #remoteChild: RemoteSpace
  readonly #remote: SpaceReader
  #table = ''
  #shown: ShownMount[] = []
  #latest: Record<string, Disk> = {}
  #scannedAt = Number.NEGATIVE_INFINITY
  #begunAt = Number.NEGATIVE_INFINITY
  /** Whether `#latest` holds all that was answered. */
  #settled = false

  constructor(options: DisksOptions) {
    this.#options = options
    const { clock, named } = options
    const timeoutMs = SPACE_TIMEOUT_MS
    this.#local = new SpaceReader(
      statfs,
      { outstanding: LOCAL_OUTSTANDING, perCall: LOCAL_PER_ROUND, timeoutMs, intervalMs: ROUND_MS },
      clock,
    )
    this.#remoteChild = new RemoteSpace(Math.max(1, named.length), clock)
    this.#remote = new SpaceReader(
      this.#remoteChild.ask,
      {
        outstanding: Math.max(1, named.length),
        perCall: named.length,
        timeoutMs,
        intervalMs: ROUND_MS,
      },
      clock,
    )
  }

  /** The process that asks remote file systems, if one runs. */
  get remotePid(): number | undefined {
    return this.#remoteChild.pid
  }

  /** Named mount points at which nothing is mounted. */
  get missing(): string[] {
    const mounted = new Set(this.#shown.map(({ path }) => path))
    return this.#options.named.filter((path) => this.#table !== '' && !mounted.has(path))
  }

  /** Named remote mount points that were asked and never answered. */
  get silent(): string[] {
    return this.#shown
      .filter((mount) => mount.remote && this.#remote.isSilent(this.#pathOf(mount)))
      .map(({ path }) => path)
  }

  /** What the last look found. */
  get latest(): Record<string, Disk> {
    return this.#latest
  }

  /** Whether a look would ask, find anything new, or fail again. */
  get due(): boolean {
    return !this.#settled || this.#options.clock() - this.#begunAt >= ROUND_MS
  }

  /** Asks what is due, and waits a while for the answers. @throws What reading the mount table throws. */
  async ready(): Promise<void> {
    await answered(this.#begin())
    if (this.#takeResized()) await answered(this.#begin())
  }

  /** What is known; what this asks is known to a later look. @throws What reading the mount table throws. */
  look(): Record<string, Disk> {
    void this.#begin()
    if (this.#settled) return this.#latest
    if (this.#takeResized()) void this.#begin()
    this.#latest = this.#disks()
    this.#settled = !this.#waiting
    return this.#latest
  }

  close(): void {
    this.#options.mounts.close()
    this.#remoteChild.close()
  }

  /** Asks what is due; promises of the answers, which may never come. */
  #begin(): Promise<void>[] {
    const now = this.#options.clock()
    if (now - this.#begunAt < ROUND_MS && !this.#waiting) return []
    this.#settled = false
    if (now - this.#scannedAt >= TABLE_MS) this.#scan()
    this.#begunAt = now
    const asked = [this.#local.refresh(this.#paths(false)), this.#remote.refresh(this.#paths(true))]
    return asked.filter((answers) => answers !== undefined)
  }

  /** Whether a size changed: what is mounted no more answers with the numbers of the file system beneath. It makes all due, the table too. */
  #takeResized(): boolean {
    const resized = [this.#local, this.#remote].filter((space) => space.takeResized())
    if (resized.length === 0) return false
    this.#scannedAt = Number.NEGATIVE_INFINITY
    this.#begunAt = Number.NEGATIVE_INFINITY
    return true
  }

  get #waiting(): boolean {
    return this.#local.waiting || this.#remote.waiting
  }

  #disks(): Record<string, Disk> {
    const disks: Record<string, Disk> = {}
    for (const mount of this.#shown) {
      const space = (mount.remote ? this.#remote : this.#local).read(this.#pathOf(mount))
      const disk = space === undefined ? null : diskOf(mount, space.stats, space.stale)
      if (disk !== null) disks[mount.key] = disk
    }
    return disks
  }

  #scan(): void {
    const table = this.#options.mounts.read('utf8')
    this.#scannedAt = this.#options.clock()
    if (table === this.#table) return
    this.#table = table
    const before = new Map(this.#shown.map((mount) => [mount.path, mount]))
    this.#shown = shownMounts(parseMounts(table), this.#options.named)
    for (const mount of this.#shown) {
      const { device, fstype } = before.get(mount.path) ?? mount
      // What another device answered at this place says nothing of it. A remote one may never answer again: its numbers are stale then.
      if (!mount.remote && (device !== mount.device || fstype !== mount.fstype))
        this.#local.forget(this.#pathOf(mount))
    }
  }

  #paths(remote: boolean): string[] {
    return this.#shown.filter((mount) => mount.remote === remote).map((mount) => this.#pathOf(mount))
  }

  #pathOf(mount: ShownMount): string {
    return this.#options.root + mount.path
  }
}

/** Waits a while for answers. */
async function answered(answers: Promise<void>[]): Promise<void> {
  if (answers.length > 0) await within(Promise.all(answers), SPACE_TIMEOUT_MS)
}
