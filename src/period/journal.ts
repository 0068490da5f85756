/**
 * What was sampled since the last save, one JSON line a sample: `{"n":7,"t":1795318341000,"sample":{…}}`.
 *
 * Lines are numbered and the saved file says the number it holds, so replaying is exact whatever was written last: a line
 * that the file already counts is passed over. A save begins by moving the lines so far to `<path>.1`, and deletes that
 * when it has succeeded; when it fails both stay, and the next save tries again.
 *
 * Writing never waits and never blocks the event loop: lines gather for up to three seconds, one write is under way at
 * a time. So a process that is killed loses at most its last three seconds. Nothing is fsynced: the kernel keeps what a dead
 * process wrote; a power cut may cost what it had not yet put on the disk.
 */
import { close, existsSync, fstatSync, open, readFileSync, write } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { errnoOf, exactJson, type Log, MetricsError, messageOf } from '../utils/index.ts'

/** Lines that follow a write sooner than this gather for the next one: at a beat a second, three to a write. */
const GATHER_MS = 2500
/** Bytes of lines that wait for a slow disk; further ones are dropped and said so once. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024
/** Bytes of one journal file, reached only when saves fail for long; further lines are dropped and said so once. */
const MAX_JOURNAL_BYTES = 64 * 1024 * 1024

/** A line of the journal. */
export interface JournalLine {
  readonly n: number
  /** Unix milliseconds of the beat. */
  readonly t: number
  readonly sample: unknown
}

/** The journal of one source. */
export class Journal {
  readonly path: string
  readonly #log: Log
  readonly #keep: (sample: never) => unknown
  #file: AppendFile
  #moved: Promise<void> = Promise.resolve()

  /** @param keep What of a sample is kept. */
  constructor(path: string, log: Log, keep: (sample: never) => unknown) {
    this.path = path
    this.#log = log
    this.#keep = keep
    this.#file = this.#open()
  }

  /** Whether the newest line was written. */
  get healthy(): boolean {
    return !this.#file.failing
  }

  /** All lines on disk in order, cut or foreign ones left out. */
  read(): { lines: JournalLine[]; unreadable: number } {
    const lines: JournalLine[] = []
    let unreadable = 0
    for (const path of [`${this.path}.1`, this.path]) {
      for (const text of textOf(path).split('\n')) {
        if (text === '') continue
        const line = parseLine(text)
        if (line === undefined) unreadable++
        else lines.push(line)
      }
    }
    return { lines, unreadable }
  }

  append(line: JournalLine): void {
    this.#file.append(line)
  }

  /** Sets the lines so far aside: what a save begins with. Later lines are kept apart from them. */
  setAside(): void {
    const before = this.#file
    const aside = `${this.path}.1`
    this.#moved = before
      .close()
      .then(async () => {
        // A save that failed left lines there, which are older than these: these stay where they are, behind them.
        if (!existsSync(aside)) await rename(this.path, aside).catch(unlessMissing)
      })
      .catch((error) => this.#log.warn({ path: this.path, reason: messageOf(error) }, 'cannot move journal'))
    this.#file = this.#open(this.#moved)
  }

  /** Forgets the lines set aside: what a save that succeeded ends with. */
  async forgetAside(): Promise<void> {
    await this.#moved
    await rm(`${this.path}.1`, { force: true })
  }

  /** Writes what waits and closes. */
  async close(): Promise<void> {
    const file = this.#file
    this.#file = this.#open()
    await file.close()
  }

  /** @param ready Opened only after this. */
  #open(ready: Promise<void> = Promise.resolve()): AppendFile {
    const textOf = ({ n, t, sample }: JournalLine) =>
      `${exactJson({ n, t, sample: this.#keep(sample as never) })}\n`
    return new AppendFile(this.path, this.#log, textOf, ready)
  }

  /** Deletes the journal: all its lines are in the saved file. */
  async remove(): Promise<void> {
    await this.close()
    await rm(this.path, { force: true })
    await this.forgetAside()
  }
}

/** Appends text to a file, in order, one write at a time, opened at the first. */
class AppendFile {
  readonly #path: string
  readonly #log: Log
  readonly #textOf: (line: JournalLine) => string
  readonly #ready: Promise<void>
  /** Lines that are not text yet: those of the beats since the last write. */
  #fresh: JournalLine[] = []
  #waiting = ''
  #writtenAt = 0
  #bytes = 0
  #file: number | undefined
  #writing: Promise<void> | undefined
  #failing = false
  #closed = false

  constructor(path: string, log: Log, textOf: (line: JournalLine) => string, ready: Promise<void>) {
    this.#path = path
    this.#log = log
    this.#textOf = textOf
    this.#ready = ready
  }

  get failing(): boolean {
    return this.#failing
  }

  append(line: JournalLine): void {
    this.#fresh.push(line)
    const now = line.t
    // Where the clock stepped back, it is written at once.
    if (now - this.#writtenAt < GATHER_MS && now >= this.#writtenAt) return
    this.#writtenAt = now
    if (!this.#takeFresh()) return
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#writing
    if (this.#takeFresh()) await this.#write()
    this.#closeFile()
  }

  /** Makes text of the lines; whether any waits to be written. */
  #takeFresh(): boolean {
    let text = ''
    for (const line of this.#fresh) text += this.#textOf(line)
    this.#fresh.length = 0
    if (this.#waiting.length + text.length > MAX_WAITING_BYTES || this.#bytes > MAX_JOURNAL_BYTES)
      this.#fail('more lines than its limit: the disk is too slow, or saves fail')
    else this.#waiting += text
    return this.#waiting !== ''
  }

  async #write(): Promise<void> {
    await this.#ready
    let text = this.#waiting
    this.#waiting = ''
    try {
      if (this.#file === undefined) {
        const file = await openFile(this.#path, 'a')
        this.#file = file
        this.#bytes = fstatSync(file).size
        // Behind a line that was cut by a crash or a full disk, a new one begins on a line of its own.
        if (this.#bytes > 0) text = `\n${text}`
      }
      this.#bytes += await append(this.#file, text)
      this.#failing = false
    } catch (error) {
      this.#closeFile()
      this.#fail(messageOf(error))
    }
  }

  #closeFile(): void {
    if (this.#file !== undefined) close(this.#file)
    this.#file = undefined
  }

  /** Said once until a write succeeds again. */
  #fail(reason: string): void {
    if (!this.#failing) this.#log.error({ path: this.#path, reason }, 'cannot write journal')
    this.#failing = true
  }
}

// A bare descriptor, not a FileHandle: this runs on every second beat, and half the cost of a write is its wrapping.
const openFile = promisify(open)

/** Bytes written. A line that was cut is an error: what follows then begins with a line of its own. */
function append(file: number, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    write(file, text, null, 'utf8', (error, written) => {
      if (error) reject(error)
      else if (written < Buffer.byteLength(text))
        reject(new MetricsError('full', 'a line was cut: the disk is full'))
      else resolve(written)
    })
  })
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    unlessMissing(error)
    return ''
  }
}

function parseLine(text: string): JournalLine | undefined {
  try {
    const line = JSON.parse(text) as Partial<JournalLine>
    const whole = Number.isSafeInteger(line.n) && Number.isFinite(line.t) && line.sample !== undefined
    return whole ? (line as JournalLine) : undefined
  } catch {
    return undefined
  }
}

function unlessMissing(error: unknown): void {
  if (errnoOf(error) !== 'ENOENT') throw error
}
