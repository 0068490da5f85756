/**
 * Changes of status, each with its reason: `<name>.events.jsonl`, one JSON line a change, oldest first.
 *
 * Changes are rare, so each is written as it comes and nothing of it is lost by a crash. The newest are kept, in
 * memory and on disk; the file is written anew when it holds twice as many. When a program starts again, what it
 * finds is compared with what it last knew: a restart is no change.
 */

import { readFileSync, statSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Log, makeFolder, matchesKeyword, messageOf, replaceFile } from '../utils/index.ts'
import { isStatus, type Status } from './status.ts'

/** Changes kept. */
export const MAX_EVENTS = 10_000
/** Bytes of the file that are read. */
const MAX_BYTES = 64 * 1024 * 1024
/** Characters of a reason. */
const MAX_REASON = 512

/** One change. */
export interface UptimeEvent {
  /** Unix seconds. */
  readonly timestamp: number
  readonly alias: string
  readonly from: Status
  readonly to: Status
  /** Why it is not healthy; null when it is. */
  readonly reason: string | null
  /** How long the status before was; null when that is not known, as over a restart. */
  readonly after_s: number | null
}

/** The changes of one source. */
export class Events {
  readonly #path: string | null
  readonly #log: Log
  #events: UptimeEvent[] = []
  #lines = 0
  #writing: Promise<void> = Promise.resolve()
  #failing = false

  /** @param path Null keeps them in memory alone. */
  constructor(path: string | null, log: Log) {
    this.#path = path
    this.#log = log
  }

  /** Whether the newest change was written. */
  get healthy(): boolean {
    return !this.#failing
  }

  /**
   * Reads the file. What in it is no change is left out; a file that cannot be read is said so, and begun anew beside
   * what is in it.
   */
  load(): void {
    if (this.#path === null) return
    try {
      if (statSync(this.#path).size > MAX_BYTES) throw new Error(`larger than ${MAX_BYTES} bytes`)
      const lines = readFileSync(this.#path, 'utf8').split('\n')
      this.#events = lines.flatMap((line) => parseEvent(line) ?? []).slice(-MAX_EVENTS)
      this.#lines = lines.length - 1
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.warn({ path: this.#path, reason: messageOf(error) }, 'cannot read events')
    }
  }

  /** The newest change of each target that has one. */
  lastKnown(): Map<string, UptimeEvent> {
    return new Map(this.#events.map((event) => [event.alias, event]))
  }

  add(event: UptimeEvent): void {
    const kept = { ...event, reason: event.reason?.slice(0, MAX_REASON) ?? null }
    this.#events.push(kept)
    if (this.#events.length > MAX_EVENTS * 1.1) this.#events = this.#events.slice(-MAX_EVENTS)
    if (this.#path === null) return
    const line = `${JSON.stringify(kept)}\n`
    this.#writing = this.#writing.then(() => this.#write(line))
  }

  /** Newest first. `keyword` filters aliases; a limit of 0 is all. `total` counts those that match. */
  list({ limit = 0, offset = 0, keyword = '' }): { total: number; data: UptimeEvent[] } {
    const matching = this.#events.slice(-MAX_EVENTS).filter(({ alias }) => matchesKeyword(alias, keyword))
    matching.reverse()
    return {
      total: matching.length,
      data: matching.slice(offset, limit === 0 ? undefined : offset + limit),
    }
  }

  /** Resolves when all is written. */
  async close(): Promise<void> {
    await this.#writing
  }

  async #write(line: string): Promise<void> {
    const path = this.#path!
    try {
      if (this.#lines >= 2 * MAX_EVENTS) {
        const newest = this.#events.slice(-MAX_EVENTS)
        await replaceFile(path, linesOf(newest))
        this.#lines = newest.length
      } else {
        makeFolder(dirname(path))
        await appendFile(path, line)
        this.#lines++
      }
      this.#failing = false
    } catch (error) {
      if (!this.#failing) this.#log.error({ path, reason: messageOf(error) }, 'cannot write events')
      this.#failing = true
    }
  }
}

/** A thousand lines at a time, so that the event loop turns in between. */
function* linesOf(events: readonly UptimeEvent[]): Generator<string> {
  for (let at = 0; at < events.length; at += 1000) {
    yield events
      .slice(at, at + 1000)
      .map((event) => `${JSON.stringify(event)}\n`)
      .join('')
  }
}

function parseEvent(line: string): UptimeEvent | undefined {
  try {
    const { timestamp, alias, from, to, reason, after_s } = JSON.parse(line) as Record<string, unknown>
    if (typeof timestamp !== 'number' || typeof alias !== 'string' || !isStatus(from) || !isStatus(to)) return
    return {
      timestamp,
      alias,
      from,
      to,
      reason: typeof reason === 'string' ? reason : null,
      after_s: typeof after_s === 'number' ? after_s : null,
    }
  } catch {
    return undefined
  }
}
