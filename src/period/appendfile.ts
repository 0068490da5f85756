/**
 * Text appended to a file, in order, one write at a time, the file opened at the first.
 *
 * Nobody waits for it: what is given gathers for up to three beats, and for the write that is under way. What could not be written is
 * tried again with the lines that follow. A disk that is full, or slower than what comes, for too long costs lines, and so does a file
 * that nobody empties; it is said once until a write succeeds again.
 */
import { close, fstatSync, open, stat, write } from 'node:fs'
import { promisify } from 'node:util'
import { type Log, MetricsError, messageOf, unlessMissing } from '../utils/index.ts'

/** Lines that follow a write sooner than this gather for the next one: at a beat a second, three to a write. */
const GATHER_MS = 2500
/** Characters that may wait behind a write that is under way, or for one that succeeds. What comes while none does is written, however much it is. */
const MAX_WAITING = 4 * 1024 * 1024
/** Bytes from which on the file should be emptied. */
const FULL_BYTES = 64 * 1024 * 1024
/** Bytes at which further lines are dropped: nobody emptied it. */
const MAX_BYTES = 2 * FULL_BYTES
/** Writes between two looks whether the file is still there: a minute at a beat a second. */
const WRITES_PER_LOOK = 20

/** A file, and what is written to it. */
interface AppendFileOptions<Line> {
  readonly path: string
  readonly log: Log
  readonly textOf: (line: Line) => string
  /** It is opened only after this. */
  readonly ready: Promise<void>
  /** Whether the last write failed: of all files that follow one another under this path. */
  readonly state: { failing: boolean }
  /** Called at each write while the file should be emptied, and when somebody deleted or moved it, with all that was in it. */
  full(): void
}

/** Appends lines, each with its time `t` in Unix ms. */
export class AppendFile<Line extends { readonly t: number }> {
  readonly #options: AppendFileOptions<Line>
  /** Lines that are not text yet: those of the beats since the last write. */
  #fresh: Line[] = []
  #waiting = ''
  #writtenAt = 0
  #bytes = 0
  #writes = 0
  #inode = 0
  #file: number | undefined
  #writing: Promise<void> | undefined
  #closed = false

  constructor(options: AppendFileOptions<Line>) {
    this.#options = options
  }

  append(line: Line): void {
    this.#fresh.push(line)
    const now = line.t
    // Where the clock stepped back, it is written at once.
    if (now - this.#writtenAt < GATHER_MS && now >= this.#writtenAt) return
    this.#writtenAt = now
    this.#startWrite()
    // Last: it may close this file, which then waits for the write.
    if (this.#bytes > FULL_BYTES) this.#options.full()
  }

  /** Writes what waits for further lines: none came when one might have. */
  flush(): void {
    if (this.#fresh.length > 0) this.#startWrite()
  }

  /** Writes what waits, and closes. @returns What could not be written. */
  async close(): Promise<string> {
    if (!this.#closed) {
      this.#closed = true
      await this.#writing
      if (this.#takeFresh()) await this.#write()
      this.#closeFile()
    }
    return this.#waiting
  }

  /** Puts lines before all others that wait; the newest of more than may wait are lost. */
  prepend(text: string): void {
    this.#waiting = text + this.#waiting
    if (this.#waiting.length > MAX_WAITING)
      this.#waiting = this.#waiting.slice(0, this.#waiting.lastIndexOf('\n', MAX_WAITING) + 1)
  }

  #startWrite(): void {
    if (!this.#takeFresh()) return
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
      // What came meanwhile; after a failure the next line is soon enough.
      if (this.#waiting !== '' && !this.#closed && !this.#options.state.failing) this.#startWrite()
    })
  }

  /** Makes text of the lines; whether any waits to be written. */
  #takeFresh(): boolean {
    const lines = this.#fresh
    this.#fresh = []
    let text = ''
    for (const line of lines) {
      try {
        text += this.#options.textOf(line)
      } catch (error) {
        // Such as one that holds itself: it is lost, and harms no other.
        this.#fail(`a line cannot be written: ${messageOf(error)}`)
      }
    }
    if (this.#bytes > MAX_BYTES) this.#fail(`it holds more than ${MAX_BYTES} bytes: the history is not saved`)
    else if (this.#waiting !== '' && this.#waiting.length + text.length > MAX_WAITING)
      this.#fail(`the disk is too slow: more than ${MAX_WAITING} characters wait for it`)
    else this.#waiting += text
    return this.#waiting !== ''
  }

  async #write(): Promise<void> {
    const { ready, path, log, state } = this.#options
    await ready
    let text = this.#waiting
    this.#waiting = ''
    let written = 0
    try {
      if (this.#file === undefined) {
        this.#file = await openFile(path, 'a')
        const { size, ino } = fstatSync(this.#file)
        this.#bytes = size
        this.#inode = ino
        // Behind a line that was cut by a crash or a full disk, a new one begins on a line of its own.
        if (this.#bytes > 0) text = `\n${text}`
      }
      written = await append(this.#file, text)
      this.#bytes += written
      if (written < Buffer.byteLength(text))
        throw new MetricsError('full', 'a line was cut: the disk is full')
      if (state.failing) log.info({ path }, 'journal written again')
      state.failing = false
      if (++this.#writes % WRITES_PER_LOOK === 0 && !(await this.#isInPlace())) {
        log.warn({ path }, 'the journal was deleted or moved: the history is saved anew')
        this.#closeFile()
        this.#options.full()
      }
    } catch (error) {
      this.prepend(fromCutLine(text, written))
      this.#closeFile()
      this.#fail(messageOf(error))
    }
  }

  /** Whether the file that is written is still the one at the path. */
  async #isInPlace(): Promise<boolean> {
    const there = await statFile(this.#options.path).catch(unlessMissing)
    return there?.ino === this.#inode
  }

  #closeFile(): void {
    if (this.#file !== undefined) close(this.#file)
    this.#file = undefined
  }

  /** Said once until a write succeeds again. */
  #fail(reason: string): void {
    const { state, log, path } = this.#options
    if (!state.failing) log.error({ path, reason }, 'cannot write journal')
    state.failing = true
  }
}

// A bare descriptor, not a FileHandle: this runs on every third beat, and half the cost of a write is its wrapping.
const openFile = promisify(open)
const statFile = promisify(stat)

/** Bytes written: fewer than the text has where the disk became full. */
function append(file: number, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    write(file, text, null, 'utf8', (error, written) => {
      if (error) reject(error)
      else resolve(written)
    })
  })
}

/** What of a text is left to write when so many bytes of it were: from the beginning of the line that was cut. */
function fromCutLine(text: string, written: number): string {
  const bytes = Buffer.from(text)
  return bytes.toString('utf8', bytes.subarray(0, written).lastIndexOf('\n') + 1)
}
