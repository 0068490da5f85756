/**
 * The rings of one source on disk: `<dir>/<name>.json` and its journal.
 *
 *     {"version":1,"seq":86400,"entries":{"5m":{"interval":"3s","entries":[…oldest first…],"timestamps":[…]},…},"crc32":…}
 *
 * `shared`, before the entries, is there where a source has something that they refer to. `timestamps` are the slots'
 * beginnings in Unix seconds. Files of the original program are read too (see `history.ts`). A file that cannot be
 * read is moved to `<name>.json.corrupt-<time>`, never overwritten; then `.bak`, the file before it, is tried.
 */
import { copyFileSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { errnoOf, type Log, MetricsError, makeFolder, messageOf, replaceFile } from '../utils/index.ts'
import { asWritten } from './exactly.ts'
import { encodeHistory, placeHistory } from './history.ts'
import { Journal } from './journal.ts'
import { quarantineName } from './quarantine.ts'
import type { Rings } from './rings.ts'
import type { Shared } from './source.ts'
import { parseHistory } from './storedtext.ts'

/** Bytes of a history file that is read at most. */
const MAX_HISTORY_BYTES = 512 * 1024 * 1024

/** How one source is stored. */
export interface StoreOptions<Sample, Entry> {
  readonly dir: string
  readonly name: string
  readonly rings: Rings<Sample, Entry>
  readonly journal: (sample: Sample) => unknown
  readonly encode: (entry: Entry) => unknown
  readonly decode: (json: unknown) => Entry
  readonly shared?: Shared<Entry>
  readonly log: Log
}

/** Loads, journals and saves the rings of one source. */
export class Store<Sample, Entry> {
  readonly path: string
  readonly #options: StoreOptions<Sample, Entry>
  readonly #journal: Journal
  /** Number of the newest sample in the rings. */
  #seq = 0
  #newestMs = 0
  /** Rings of the file that are not configured now: written back as they are. */
  #others: Readonly<Record<string, unknown>> = {}
  #saving: Promise<void> | undefined
  #failing = false
  #disturbed = false

  constructor(options: StoreOptions<Sample, Entry>) {
    this.#options = options
    this.path = join(options.dir, `${options.name}.json`)
    this.#journal = new Journal(
      join(options.dir, `${options.name}.journal`),
      options.log,
      options.journal,
      // Where saves fail already, the next one in its time is soon enough.
      () => void (this.#failing || this.save()),
    )
  }

  /**
   * Fills the rings from the file, or its `.bak`, and the journal. Throws for a file that cannot be read, never for
   * what it holds.
   */
  load(now: number): void {
    makeFolder(this.#options.dir)
    if (!this.#loadFile(this.path, now)) this.#loadFile(`${this.path}.bak`, now)
    const { lines, unreadable } = this.#journal.read()
    let refused = 0
    for (const { n, t, sample } of lines) {
      if (n <= this.#seq) continue
      try {
        this.#options.rings.fold(t, sample as Sample)
        this.#seq = n
        this.#newestMs = t
      } catch {
        refused++
      }
    }
    if (unreadable + refused > 0) {
      this.#options.log.warn(
        { path: this.#journal.path, lines: unreadable + refused },
        'journal lines left out',
      )
    }
  }

  /** Notes a sample that was just added to the rings. */
  append(ms: number, sample: Sample): void {
    this.#seq++
    // The clock stepped back: what is being saved may have changed after its moment.
    if (ms < this.#newestMs) this.#disturbed = true
    this.#newestMs = ms
    this.#journal.append({ n: this.#seq, t: ms, sample })
  }

  /**
   * Saves the rings as they are now. Resolves to whether it succeeded: a failure is logged once until it succeeds
   * again, and the old file stands. A save that is under way is not doubled.
   */
  async save(): Promise<boolean> {
    this.#saving ??= this.#writeUndisturbed().finally(() => {
      this.#saving = undefined
    })
    try {
      await this.#saving
      if (this.#failing) this.#options.log.info({ path: this.path }, 'history saved again')
      this.#failing = false
    } catch (error) {
      if (!this.#failing)
        this.#options.log.error({ path: this.path, reason: messageOf(error) }, 'cannot save history')
      this.#failing = true
    }
    return !this.#failing
  }

  /** Writes what the journal gathered: no sample came. */
  flush(): void {
    this.#journal.flush()
  }

  /** Whether what is sampled now outlasts this process: the last save and the last line of the journal were written. */
  get healthy(): boolean {
    return !this.#failing && this.#journal.healthy
  }

  /** Saves a last time and, when that succeeded, needs no journal any more. */
  async close(): Promise<void> {
    await this.#saving?.catch(() => {})
    if (await this.save()) await this.#journal.remove()
    else await this.#journal.close()
  }

  async #writeUndisturbed(): Promise<void> {
    try {
      await this.#write()
    } catch (error) {
      if (!this.#disturbed) throw error
      await this.#write()
    }
  }

  async #write(): Promise<void> {
    const { rings, encode, shared = {} } = this.#options
    // The rings' text and the journal's cut belong to the same moment: no await in between.
    const text = encodeHistory(rings, encode, {
      seq: this.#seq,
      newestMs: this.#newestMs,
      others: this.#others,
      shared,
    })
    makeFolder(this.#options.dir)
    this.#journal.setAside()
    this.#disturbed = false
    await replaceFile(this.path, this.#undisturbed(text))
    await this.#journal.forgetAside()
  }

  /** @throws MetricsError `conflict` when a slot that was not open any more has changed: the save is begun anew. */
  *#undisturbed(text: Iterable<string>): Generator<string> {
    for (const chunk of text) {
      if (this.#disturbed) throw new MetricsError('conflict', 'the clock was set back while saving')
      yield chunk
    }
  }

  /** `decode` that says once when it refuses an entry: of a file that is whole, long after it was loaded. */
  #decoder(): (json: unknown) => Entry {
    const { log, decode } = this.#options
    let said = false
    return (json) => {
      try {
        return decode(asWritten(json))
      } catch (error) {
        if (!said)
          log.warn({ path: this.path, reason: messageOf(error) }, 'cannot read an entry of the history')
        said = true
        throw error
      }
    }
  }

  /** Whether it held a history. */
  #loadFile(path: string, now: number): boolean {
    const { log, rings, shared = {} } = this.#options
    let json: unknown
    try {
      const { size, mtimeMs } = statSync(path)
      if (size > MAX_HISTORY_BYTES)
        throw new MetricsError('corrupt', `larger than ${MAX_HISTORY_BYTES} bytes`)
      json = parseHistory(readFileSync(path))
      const { placed, refused, seq, others } = placeHistory(
        json,
        rings,
        this.#decoder(),
        mtimeMs,
        now,
        shared,
      )
      this.#seq = seq
      this.#others = others
      if (Object.keys(others).length > 0) {
        log.info(
          { path, periods: Object.keys(others) },
          'history of periods that are not configured is kept as it is',
        )
      }
      if (refused > 0) {
        const kept = quarantineName(path)
        copyFileSync(path, kept)
        log.warn({ path, refused, placed, kept }, 'history entries left out, the file is kept')
      }
      return true
    } catch (error) {
      const code = errnoOf(error)
      if (code === 'ENOENT') return false
      // A file that cannot be read now is no broken file.
      if (code !== undefined && !(error instanceof MetricsError)) {
        throw new MetricsError('unavailable', `cannot read history ${path}: ${messageOf(error)}`, {
          cause: error,
        })
      }
      const kept = quarantineName(path)
      renameSync(path, kept)
      log.error({ path, kept, reason: messageOf(error) }, 'cannot read history, the file is kept')
      return false
    }
  }
}
