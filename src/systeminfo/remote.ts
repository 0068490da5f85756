/**
 * Asks remote file systems (NFS, FUSE, …) for their space, from a process of its own.
 *
 * A call to a dead mount never returns, and a process that has such a call in its thread pool cannot end: libuv joins
 * its threads at exit. So the calls are made by a small child with as many threads as there are mounts, which can be
 * killed at any time. It lives only where a remote mount was named.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { MetricsError } from '../utils/index.ts'
import type { StatFs } from './space.ts'

/** A child that ended is started again after this long at the earliest. */
export const RESTART_MS = 10_000

/** A path in JSON per line in, its space in JSON per line out. It ends with its parent, stuck threads or not. */
const PROGRAM = `
const { statfs } = require('node:fs')
let rest = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\\n')
  rest = lines.pop()
  for (const line of lines) {
    const path = JSON.parse(line)
    statfs(path, (error, stats) => process.stdout.write(JSON.stringify({ path, error: error?.code, stats }) + '\\n'))
  }
})
process.stdin.on('close', () => process.kill(process.pid, 'SIGKILL'))
process.stdout.on('error', () => process.kill(process.pid, 'SIGKILL'))
`

type Child = ChildProcessByStdio<Writable, Readable, null>
type Done = (error: unknown, stats?: StatFs) => void

/** The child, started with the first question. */
export class RemoteSpace {
  readonly #threads: number
  readonly #clock: () => number
  readonly #waiting = new Map<string, Done>()
  #child: Child | undefined
  #startedAt = Number.NEGATIVE_INFINITY
  #closed = false

  /** @param threads Paths that may be stuck at once. */
  constructor(threads: number, clock: () => number) {
    this.#threads = threads
    this.#clock = clock
  }

  /** The child's process id while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Asks one path, which must not be asked again before it has answered. */
  readonly ask = (path: string, done: Done): void => {
    const child = this.#running()
    if (child === undefined) {
      done(new MetricsError('unavailable', 'cannot read remote file systems: their reader ended'))
      return
    }
    this.#waiting.set(path, done)
    child.stdin.write(`${JSON.stringify(path)}\n`)
  }

  /** Kills the child; what is asked stays unanswered. */
  close(): void {
    this.#closed = true
    this.#waiting.clear()
    this.#child?.kill('SIGKILL')
  }

  #running(): Child | undefined {
    if (this.#child !== undefined) return this.#child
    const now = this.#clock()
    if (this.#closed || now - this.#startedAt < RESTART_MS) return undefined
    this.#startedAt = now
    const child = spawn(process.execPath, ['--max-old-space-size=16', '-e', PROGRAM], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { UV_THREADPOOL_SIZE: String(this.#threads) },
      cwd: '/',
    })
    this.#child = child
    const ended = () => {
      if (this.#child === child) this.#child = undefined
      const waiting = [...this.#waiting.values()]
      this.#waiting.clear()
      for (const done of waiting)
        done(new MetricsError('unavailable', 'the reader of remote file systems ended'))
    }
    child.once('exit', ended)
    child.once('error', ended)
    child.stdin.on('error', () => child.kill('SIGKILL'))
    this.#listen(child)
    // The child waits for its parent, never the other way round.
    child.unref()
    for (const stream of [child.stdin, child.stdout] as unknown as { unref?(): void }[]) stream.unref?.()
    return child
  }

  #listen(child: Child): void {
    let rest = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        const { path, error, stats } = JSON.parse(line) as { path: string; error?: string; stats?: StatFs }
        const done = this.#waiting.get(path)
        this.#waiting.delete(path)
        done?.(error, stats)
      }
    })
  }
}
