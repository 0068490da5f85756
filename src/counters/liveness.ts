/**
 * Whether a file's writer still lives.
 *
 * A pid alone does not tell: it is given again, in a container often the same one after each restart. So the file's start
 * time is compared with the process's. Clocks are set, and a machine that was stopped moves all start times that are
 * counted from its boot; a process that has the file mapped for writing is its writer therefore, whatever the times say.
 */
import { readFileSync } from 'node:fs'
import { errnoOf } from '../utils/index.ts'

const MAX_PID = 2 ** 31 - 1
/** How much later than a file a process that made it may seem to have begun: boot times are whole seconds, clocks are corrected. */
const TOLERANCE_MS = 10_000
/** Source: proc(5): times of processes are in hundredths of a second on all architectures we run on. */
const TICK_MS = 10

/** A file, as far as it tells of its writer. */
export interface Written {
  readonly pid: number
  /** Unix milliseconds. */
  readonly startTime: number
  /** Number of its inode. */
  readonly ino: number
}

/** The process that made a file. */
export class WriterProcess {
  readonly #file: Written
  /** The process of its pid that was looked at, and whether that is it: the same until the pid is given again. */
  #known: { readonly ticks: string | undefined; readonly isIt: boolean } | undefined

  constructor(file: Written) {
    this.#file = file
  }

  /**
   * Whether it lives on this machine (in this container): there is one of its pid that was not begun after the file. One
   * that ended and that its parent has not yet taken note of (a zombie) does not live. A process of another user does,
   * although it cannot be signalled. Where start times of others cannot be read (macOS) the pid decides.
   */
  get lives(): boolean {
    const { pid } = this.#file
    if (!Number.isInteger(pid) || pid <= 0 || pid > MAX_PID) return false
    try {
      process.kill(pid, 0)
    } catch (error) {
      if (errnoOf(error) !== 'EPERM') return false
    }
    const { state, ticks } = pid === process.pid ? OWN : statOf(pid)
    if (state === 'Z' || state === 'X') return false
    if (this.#known === undefined || this.#known.ticks !== ticks)
      this.#known = { ticks, isIt: this.#isBegunBefore(ticks) || isMappedForWriting(this.#file) }
    return this.#known.isIt
  }

  #isBegunBefore(ticks: string | undefined): boolean {
    const { pid, startTime } = this.#file
    if (pid === process.pid) return startTime >= Math.floor(performance.timeOrigin)
    const booted = /^btime (\d+)$/m.exec(read('/proc/stat') ?? '')?.[1]
    if (booted === undefined || ticks === undefined) return true
    return startTime >= Number(booted) * 1000 + Number(ticks) * TICK_MS - TOLERANCE_MS
  }
}

const OWN = { state: 'R', ticks: undefined }

/** Source: proc(5): behind the command's name in parentheses are fields 3, the state (Z zombie, X dead), and on; 22 is the start. */
function statOf(pid: number): { state: string | undefined; ticks: string | undefined } {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
  return { state: fields[0], ticks: fields[22 - 3] }
}

/** Source: proc(5): a line of maps is `from-to rw-s offset device inode path`. Those of another user's process cannot be read. */
function isMappedForWriting({ pid, ino }: Written): boolean {
  const maps = read(`/proc/${pid}/maps`) ?? ''
  return maps.split('\n').some((line) => {
    const [, permissions = '', , , inode] = line.split(/ +/, 5)
    return permissions.startsWith('rw') && permissions.endsWith('s') && inode === String(ino)
  })
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}
