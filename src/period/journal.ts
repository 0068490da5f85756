/**
 * What was sampled since the last save, one JSON line a sample: `{"n":7,"t":1795318341000,"sample":{…}}`.
 * One that holds a bigint stands under `exact` instead, so that it is read as it was.
 *
 * Lines are numbered and the saved file says the number it holds, so replaying is exact whatever was written last: a line
 * that the file already counts is passed over. A save begins by moving the lines so far to `<path>.1`, and deletes that
 * when it has succeeded; when it fails both stay, and the next save tries again.
 *
 * Writing never waits and never blocks the event loop: lines gather for up to three seconds, one write is under way at
 * a time, and what could not be written is tried again. So a process that is killed loses at most its last three
 * seconds, and on a full disk what found no room. Nothing is fsynced: the kernel keeps what a dead process wrote; a
 * power cut may cost what it had not yet put on the disk.
 */
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { type Log, markedJson, messageOf, unlessMissing, unmarked } from '../utils/index.ts'
import { AppendFile } from './appendfile.ts'
import { quarantineName } from './quarantine.ts'

/** Bytes of a journal that is read: twice what a file that nobody empties may have. */
const MAX_JOURNAL_BYTES = 256 * 1024 * 1024

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
  readonly #full: () => void
  #file: AppendFile<JournalLine>
  readonly #state = { failing: false }
  #moved: Promise<void> = Promise.resolve()

  /**
   * @param keep What of a sample is kept.
   * @param full Called when the file has become so large that a save is due, which empties it.
   */
  constructor(path: string, log: Log, keep: (sample: never) => unknown, full: () => void) {
    this.path = path
    this.#log = log
    this.#keep = keep
    this.#full = full
    this.#file = this.#open()
  }

  /** Whether the newest line was written. */
  get healthy(): boolean {
    return !this.#state.failing
  }

  /** All lines on disk in order, cut or foreign ones left out. */
  read(): { lines: JournalLine[]; unreadable: number } {
    const lines: JournalLine[] = []
    let unreadable = 0
    for (const path of [`${this.path}.1`, this.path]) {
      for (const text of this.#textOf(path).split('\n')) {
        if (text === '') continue
        const line = parseLine(text)
        if (line === undefined) unreadable++
        else lines.push(line)
      }
    }
    return { lines, unreadable }
  }

  /** One that is larger than any that was written here is none, and is kept. */
  #textOf(path: string): string {
    try {
      const { size } = statSync(path)
      if (size <= MAX_JOURNAL_BYTES) return readFileSync(path, 'utf8')
      const kept = quarantineName(path)
      renameSync(path, kept)
      const reason = `larger than ${MAX_JOURNAL_BYTES} bytes`
      this.#log.error({ path, kept, reason }, 'cannot read journal, the file is kept')
    } catch (error) {
      unlessMissing(error)
    }
    return ''
  }

  append(line: JournalLine): void {
    this.#file.append(line)
  }

  /** Writes what waits for further lines. */
  flush(): void {
    this.#file.flush()
  }

  /** Sets the lines so far aside: what a save begins with. Later lines are kept apart from them. */
  setAside(): void {
    const before = this.#file
    const aside = `${this.path}.1`
    this.#moved = before
      .close()
      .then(async (unwritten) => {
        // Should the save fail, they are in no file.
        this.#file.prepend(unwritten)
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
  #open(ready: Promise<void> = Promise.resolve()): AppendFile<JournalLine> {
    const textOf = ({ n, t, sample }: JournalLine) => {
      const { text, marked } = markedJson(this.#keep(sample as never))
      return `{"n":${n},"t":${t},"${marked ? 'exact' : 'sample'}":${text}}\n`
    }
    return new AppendFile<JournalLine>({
      path: this.path,
      log: this.#log,
      textOf,
      ready,
      state: this.#state,
      full: this.#full,
    })
  }

  /** Deletes the journal: all its lines are in the saved file. */
  async remove(): Promise<void> {
    await this.close()
    await rm(this.path, { force: true })
    await this.forgetAside()
  }
}

function parseLine(text: string): JournalLine | undefined {
  try {
    const {
      n,
      t,
      exact,
      sample = unmarked(exact),
    } = JSON.parse(text) as Partial<JournalLine> & {
      readonly exact?: unknown
    }
    const whole = Number.isSafeInteger(n) && Number.isFinite(t) && sample !== undefined
    return whole ? ({ n, t, sample } as JournalLine) : undefined
  } catch {
    return undefined
  }
}
