/**
 * The rings of one source on disk: `<dir>/<name>.json` and its journal.
 *
 *     {"version":1,"seq":86400,"entries":{"5m":{"interval":"3s","timestamps":[…],"entries":[…oldest first…]},…}}
 *
 * `timestamps` are the slots' beginnings in Unix seconds. Files of the original program are read too (see `history.ts`).
 * A file that cannot be read is moved to `<name>.json.corrupt-<time>`, never overwritten; then `.bak`, the file before
 * it, is tried.
 */
import { copyFileSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { errnoOf, type Log, MetricsError, messageOf, replaceFile } from '../utils/index.ts'
import { encodeHistory, placeHistory } from './history.ts'
import { Journal } from './journal.ts'
import type { Rings } from './rings.ts'

/** Bytes of a history file that is read at most. */
const MAX_HISTORY_BYTES = 512 * 1024 * 1024

/** How one source is stored. */
export interface StoreOptions<Sample, Entry> {
  readonly dir: string
  readonly name: string
  readonly rings: Rings<Sample, Entry>
  readonly encode: (entry: Entry) => unknown
  readonly decode: (json: unknown) => Entry
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
  #saving: Promise<void> | undefined
  #failing = false

  constructor(options: StoreOptions<Sample, Entry>) {
    this.#options = options
    this.path = join(options.dir, `${options.name}.json`)
    this.#journal = new Journal(join(options.dir, `${options.name}.journal`), options.log)
  }

  /** Fills the rings from the file, or its `.bak`, and the journal. Never throws for what a file holds. */
  load(now: number): void {
    mkdirSync(this.#options.dir, { recursive: true })
    if (!this.#loadFile(this.path, now)) this.#loadFile(`${this.path}.bak`, now)
    const { lines, unreadable } = this.#journal.read()
    let refused = 0
    for (const { n, t, sample } of lines) {
      if (n <= this.#seq) continue
      try {
        this.#options.rings.add(t, sample as Sample)
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
    this.#newestMs = ms
    this.#journal.append({ n: this.#seq, t: ms, sample })
  }

  /**
   * Saves the rings as they are now. Resolves to whether it succeeded: a failure is logged once until it succeeds
   * again, and the old file stands. A save that is under way is not doubled.
   */
  async save(): Promise<boolean> {
    this.#saving ??= this.#write().finally(() => {
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

  /** Saves a last time and, when that succeeded, needs no journal any more. */
  async close(): Promise<void> {
    await this.#saving?.catch(() => {})
    if (await this.save()) await this.#journal.remove()
    else await this.#journal.close()
  }

  async #write(): Promise<void> {
    const { rings, encode } = this.#options
    // The rings' text and the journal's cut belong to the same moment: no await in between.
    const text = encodeHistory(rings, encode, this.#seq, this.#newestMs)
    this.#journal.setAside()
    await replaceFile(this.path, text)
    await this.#journal.forgetAside()
  }

  /** Whether it held a history. */
  #loadFile(path: string, now: number): boolean {
    const { log, rings, decode } = this.#options
    let json: unknown
    try {
      const { size, mtimeMs } = statSync(path)
      if (size > MAX_HISTORY_BYTES)
        throw new MetricsError('corrupt', `larger than ${MAX_HISTORY_BYTES} bytes`)
      json = JSON.parse(readFileSync(path, 'utf8'))
      const { placed, refused, seq } = placeHistory(json, rings, decode, mtimeMs, now)
      this.#seq = seq
      if (refused > 0) {
        const kept = quarantineName(path)
        copyFileSync(path, kept)
        log.warn({ path, refused, placed, kept }, 'history entries left out, the file is kept')
      }
      return true
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false
      const kept = quarantineName(path)
      renameSync(path, kept)
      log.error({ path, kept, reason: messageOf(error) }, 'cannot read history, the file is kept')
      return false
    }
  }
}

function quarantineName(path: string): string {
  return `${path}.corrupt-${new Date().toISOString().replace(/[:.]/g, '-')}`
}
