/**
 * The newest heartbeat of every target that reports itself, over a restart: `<name>.heartbeats.json`.
 *
 *     {"backup":{"timestamp":1795318411.2,"silent_s":12.1,"status":"healthy","latency_ms":12.5,"reason":null}}
 *
 * `silent_s` is how long it was listened for since: what was sent while nobody listened is no silence of the target.
 * Written at once, but no more often than four times a second, at a stop, and now and then so that a crash forgets little of
 * a silence.
 */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf, type Log, makeFolder, messageOf, replaceFile, Ticker } from '../utils/index.ts'
import type { KeptHeartbeat } from './probe/push.ts'
import { isStatus } from './status.ts'

/** Ten thousand targets are a megabyte that is written anew each time. */
const LEAST_BETWEEN_MS = 250
const SAVE_EVERY_MS = 300_000
/** Characters of the file that are looked at: 10,000 targets with their reasons are a tenth of it. */
const MAX_LENGTH = 64 * 1024 * 1024

type KeptHeartbeats = Readonly<Record<string, KeptHeartbeat>>

/** Keeps the heartbeats of one source. */
export class HeartbeatFile {
  readonly #path: string | null
  readonly #log: Log
  readonly #read: () => KeptHeartbeats
  readonly #ticker = new Ticker(SAVE_EVERY_MS, () => this.#save())
  #changed = false
  /** Before that a save would write over what was kept. */
  #open = false
  /** A save is to come that will tell what there is by then. */
  #due = false
  #next: NodeJS.Timeout | undefined
  #savedAt = Number.NEGATIVE_INFINITY
  #saving: Promise<void> = Promise.resolve()
  #failing = false

  /**
   * @param path Null keeps nothing.
   * @param read What there is to keep now.
   */
  constructor(path: string | null, log: Log, read: () => KeptHeartbeats) {
    this.#path = path
    this.#log = log
    this.#read = read
  }

  /** Whether the newest heartbeats were written. */
  get healthy(): boolean {
    return !this.#failing
  }

  /** What was kept, and saves from now on. What cannot be read is said, and is nothing. */
  open(): KeptHeartbeats {
    if (this.#path === null) return {}
    this.#open = true
    this.#ticker.start()
    if (this.#changed) this.changed()
    try {
      const text = readFileSync(this.#path, 'utf8')
      if (text.length > MAX_LENGTH) throw new Error(`longer than ${MAX_LENGTH} characters`)
      const kept = Object.entries(JSON.parse(text) as Record<string, unknown>)
      return Object.fromEntries(kept.filter((pair): pair is [string, KeptHeartbeat] => isKept(pair[1])))
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT')
        this.#log.warn({ path: this.#path, reason: messageOf(error) }, 'cannot read heartbeats')
      return {}
    }
  }

  /** There is a new one. It is saved as soon as the one before is written. */
  changed(): void {
    this.#changed = true
    if (!this.#open || this.#due) return
    this.#due = true
    // Also so that what was kept is restored first.
    const waitMs = Math.max(0, this.#savedAt + LEAST_BETWEEN_MS - performance.now())
    this.#next = setTimeout(() => this.#save(), waitMs)
  }

  /** Saves a last time. */
  async close(): Promise<void> {
    this.#open = false
    this.#ticker.stop()
    clearTimeout(this.#next)
    this.#save()
    await this.#saving
  }

  #save(): void {
    this.#saving = this.#saving.then(() => this.#write())
  }

  async #write(): Promise<void> {
    const kept = this.#read()
    this.#savedAt = performance.now()
    this.#due = false
    if (this.#path === null || (Object.keys(kept).length === 0 && !this.#changed)) return
    this.#changed = false
    const path = this.#path
    try {
      makeFolder(dirname(path))
      await replaceFile(path, [`${JSON.stringify(kept)}\n`])
      this.#failing = false
    } catch (error) {
      if (!this.#failing) this.#log.error({ path, reason: messageOf(error) }, 'cannot write heartbeats')
      this.#failing = true
    }
  }
}

function isKept(value: unknown): value is KeptHeartbeat {
  const { timestamp, silent_s, status, latency_ms, reason } = (value ?? {}) as Record<string, unknown>
  return (
    [timestamp, silent_s, latency_ms].every((number) => typeof number === 'number' && number >= 0) &&
    isStatus(status) &&
    (reason === null || typeof reason === 'string')
  )
}
