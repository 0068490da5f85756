/**
 * The newest heartbeat of every target that reports itself, over a restart: `<name>.heartbeats.json`.
 *
 *     {"backup":{"timestamp":1795318411.2,"silent_s":12.1,"status":"healthy","latency_ms":12.5,"reason":null}}
 *
 * `silent_s` is how long it was listened for since: what was sent while nobody listened is no silence of the target.
 * Written a few seconds after a heartbeat, at a stop, and now and then so that a crash forgets little of a silence.
 */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf, type Log, makeFolder, messageOf, replaceFile, Ticker } from '../utils/index.ts'
import type { KeptHeartbeat } from './probe/push.ts'
import { isStatus } from './status.ts'

const SAVE_AFTER_MS = 5000
const SAVE_EVERY_MS = 300_000
/** Characters of the file that are looked at: 10,000 targets with their reasons are a tenth of it. */
const MAX_LENGTH = 64 * 1024 * 1024

type KeptHeartbeats = Readonly<Record<string, KeptHeartbeat>>

/** Keeps the heartbeats of one source. */
export class HeartbeatFile {
  readonly #path: string | null
  readonly #log: Log
  readonly #read: () => KeptHeartbeats
  readonly #ticker = new Ticker(SAVE_AFTER_MS, () => this.#beat())
  #changed = false
  #savedAt = performance.now()
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
    this.#ticker.start()
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

  /** There is a new one. */
  changed(): void {
    this.#changed = true
  }

  /** Saves a last time. */
  async close(): Promise<void> {
    this.#ticker.stop()
    this.#save()
    await this.#saving
  }

  #beat(): void {
    if (this.#changed || performance.now() - this.#savedAt >= SAVE_EVERY_MS) this.#save()
  }

  #save(): void {
    const kept = this.#read()
    this.#savedAt = performance.now()
    if (this.#path === null || (Object.keys(kept).length === 0 && !this.#changed)) return
    this.#changed = false
    this.#saving = this.#saving.then(() => this.#write(kept))
  }

  async #write(kept: KeptHeartbeats): Promise<void> {
    const path = this.#path!
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
