/**
 * What the page knows of the sources: one feed for each question, shared by all parts that ask it, and kept for a moment after
 * the last one is gone, so that a look at another view and back costs nothing.
 *
 * Messages come one by one, thirty at a beat; those who look are told once a frame.
 */
import type { Live } from './live.ts'
import type { Question } from './question.ts'
import { History, type Row, rowsOf, SLOTS } from './series.ts'

/** The newest sample of a source. */
export interface Latest<Sample> {
  readonly sample: Sample
  /** When it came, ms of `performance.now()`. */
  readonly at: number
}

/** A period's rows. */
export interface HistoryState {
  readonly history: History
  /** Why there are no newer ones; undefined while they come. */
  readonly error: string | undefined
}

const KEEP_MS = 5000
/** How long messages are gathered before they are drawn. */
const GATHER_MS = 40
/** Until then after navigation everything is drawn as soon as it comes. */
const FIRST_MS = 2000

interface Feed {
  value: unknown
  users: number
  readonly listeners: Set<() => void>
  close: () => void
  closing: ReturnType<typeof setTimeout> | undefined
}

/** All feeds. */
export class Feeds {
  readonly #live: Live
  readonly #feeds = new Map<string, Feed>()
  readonly #changed = new Set<Feed>()
  #frame = false
  #drawn = false

  constructor(live: Live) {
    this.#live = live
  }

  /** The newest sample, again and again. @param everySeconds Least time between two. */
  latest<Sample>(
    source: string,
    everySeconds: number,
    listener: () => void,
  ): [read: () => Latest<Sample> | undefined, stop: () => void] {
    const question = { source, query: everySeconds > 1 ? `interval=${everySeconds}s` : '', history: false }
    const feed = this.#feed(question, {
      receive: (_, body) => ({ sample: body, at: performance.now() }),
      // How a source fares is told by its poller.
      fail: (before) => before,
    })
    return [() => feed.value as Latest<Sample> | undefined, this.#join(feed, listener)]
  }

  /** Rows of a period that ends now. @param seconds The period's length. @param key Name of a point's number. */
  history(
    source: string,
    params: Readonly<Record<string, string>>,
    seconds: number,
    key: string | undefined,
    listener: () => void,
  ): [read: () => HistoryState | undefined, stop: () => void] {
    const slotSeconds = seconds / SLOTS
    const query = new URLSearchParams({ ...params, interval: `${intervalOf(slotSeconds)}s` }).toString()
    const history = new History(slotSeconds)
    // A new object each time: those who look see that it changed.
    const feed = this.#feed(
      { source, query, history: true },
      {
        receive(_, body, whole): HistoryState {
          const rows: Row[] = rowsOf((body as { data?: unknown }).data, key)
          history.add(rows, whole)
          return { history, error: undefined }
        },
        fail: (_, error): HistoryState => ({ history, error }),
      },
    )
    return [() => feed.value as HistoryState | undefined, this.#join(feed, listener)]
  }

  #feed(
    question: Question,
    fold: {
      receive(value: unknown, body: unknown, whole: boolean): unknown
      fail(value: unknown, error: string): unknown
    },
  ): Feed {
    const name = JSON.stringify(question)
    const known = this.#feeds.get(name)
    if (known !== undefined) return known
    const feed: Feed = {
      value: undefined,
      users: 0,
      listeners: new Set(),
      close: () => {},
      closing: undefined,
    }
    const put = (value: unknown) => {
      feed.value = value
      this.#changed.add(feed)
      this.#schedule()
    }
    const stop = this.#live.open(question, {
      receive: (body, whole) => put(fold.receive(feed.value, body, whole)),
      fail: (error) => put(fold.fail(feed.value, error)),
    })
    feed.close = () => {
      stop()
      this.#feeds.delete(name)
    }
    this.#feeds.set(name, feed)
    return feed
  }

  #join(feed: Feed, listener: () => void): () => void {
    clearTimeout(feed.closing)
    feed.users++
    feed.listeners.add(listener)
    return () => {
      feed.listeners.delete(listener)
      if (--feed.users === 0) feed.closing = setTimeout(feed.close, KEEP_MS)
    }
  }

  /** A beat's messages come within some ms of each other: drawn at once they cost one frame, and not ten. */
  #schedule(): void {
    if (this.#frame) return
    this.#frame = true
    const tell = () => requestAnimationFrame(() => this.#tell())
    if (this.#drawn) setTimeout(tell, GATHER_MS)
    else tell()
  }

  #tell(): void {
    this.#frame = false
    this.#drawn = performance.now() > FIRST_MS
    const listeners = new Set([...this.#changed].flatMap((feed) => [...feed.listeners]))
    this.#changed.clear()
    for (const listener of listeners) listener()
  }
}

/** How often a period is drawn anew, seconds: more often than a point moves by a pixel nobody would see. */
function intervalOf(slotSeconds: number): number {
  return Math.min(60, Math.max(1, Math.round(slotSeconds / 6)))
}
