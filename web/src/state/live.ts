/**
 * One WebSocket for all that the page shows now. What is asked twice is sent once; when the connection breaks, everything is
 * asked anew as soon as it is back. A page that nobody looks at closes it, and opens it again when it is seen.
 *
 * A server that stands still, or a network that is gone, does not close it: so the page asks for a sign of life, and takes a
 * connection that gives none for broken.
 */
import { parseExact } from './json.ts'
import type { Question, Receiver } from './question.ts'

/** A source, as the server describes it. */
export interface SourceInfo {
  readonly name: string
  /** The reader's type, such as `system_info`. */
  readonly type: string
  readonly interval_ms: number
  /** Shortest first. */
  readonly periods: readonly { readonly name: string; readonly seconds: number }[]
  readonly aggregates: readonly string[]
  readonly params: readonly string[]
  /** Paths of its own beside its history. */
  readonly routes: readonly string[]
}

/** What the server says first. */
export interface Hello {
  readonly version: string
  /** The server's clock, Unix seconds. */
  readonly now: number
  readonly sources: readonly SourceInfo[]
}

/** How the connection fares. */
export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  /** Broken; the next try is at `retryAt`, ms of `Date.now()`. */
  | { readonly state: 'broken'; readonly retryAt: number }
  /** Nobody looks. */
  | { readonly state: 'paused' }

const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 15_000
/** A connection that stands this long starts the waits anew. */
const STABLE_MS = 5000
/** A page that was hidden for this long lets its connection go. */
const PAUSE_AFTER_MS = 30_000
const BEAT_MS = 1000
/** The server is asked for a sign of life this often. */
const PING_EVERY_MS = 5000
/** Without one for this long the connection is broken, whatever the browser believes; so is one that does not open. */
const SILENT_MS = 10_000
/** A refused question is asked again after this long. */
const ASK_AGAIN_MS = 15_000

/** The connection. */
export class Live {
  readonly #url: string
  readonly #streams = new Map<number, { question: Question; receiver: Receiver }>()
  readonly #watchers = new Set<() => void>()
  #socket: WebSocket | undefined
  #nextId = 1
  #tries = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #pausing: ReturnType<typeof setTimeout> | undefined
  #connection: Connection = { state: 'connecting' }
  #hello: Hello | undefined
  #skewMs = 0
  /** Of the newest message, ms of `Date.now()`. */
  #heardAt: number | undefined
  /** From when on silence counts: the newest message, or the begin of a connection; ms of `Date.now()`. */
  #silentSince = 0
  #beatAt = 0
  #pingedAt = 0

  /** @param url Of the server, `http://…`. */
  constructor(url: string) {
    this.#url = `${url.replace(/^http/, 'ws')}/live`
  }

  get connection(): Connection {
    return this.#connection
  }

  /** Undefined until the server was heard for the first time. */
  get hello(): Hello | undefined {
    return this.#hello
  }

  /** The server's clock, Unix seconds, at a moment of this browser's clock (ms of `Date.now()`). */
  now(at = Date.now()): number {
    return (at + this.#skewMs) / 1000
  }

  /** When the server was last heard, by its clock, Unix seconds; undefined before. */
  get heardAt(): number | undefined {
    return this.#heardAt === undefined ? undefined : this.now(this.#heardAt)
  }

  /** Connects, and stays connected. */
  start(): void {
    this.#connect()
    document.addEventListener('visibilitychange', () => this.#look())
    window.addEventListener('online', () => this.retry())
    setInterval(() => this.#beat(), BEAT_MS)
  }

  /** Tries at once, if the connection is broken. */
  retry(): void {
    if (this.#connection.state === 'broken') this.#connect()
  }

  /** Connects anew: what there is has changed. */
  reconnect(): void {
    this.#tries = 0
    this.#socket?.close()
  }

  /** Calls back whenever the connection or the hello changes. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Asks, and hands over each answer, or why there is none, until the returned function is called. */
  open(question: Question, receiver: Receiver): () => void {
    const id = this.#nextId++
    this.#streams.set(id, { question, receiver })
    this.#send({ open: id, ...question })
    return () => {
      this.#streams.delete(id)
      this.#send({ close: id })
    }
  }

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  #connect(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#set({ state: 'connecting' })
    this.#silentSince = Date.now()
    const socket = new WebSocket(this.#url)
    let openedAt = Number.POSITIVE_INFINITY
    this.#socket = socket
    socket.onopen = () => {
      openedAt = performance.now()
      for (const [id, { question }] of this.#streams) this.#send({ open: id, ...question })
    }
    socket.onmessage = ({ data }) => {
      if (this.#socket !== socket) return
      this.#heardAt = Date.now()
      this.#silentSince = this.#heardAt
      if (data !== 'pong') this.#read(data as string)
    }
    socket.onclose = () => {
      if (this.#socket !== socket) return
      if (performance.now() - openedAt > STABLE_MS) this.#tries = 0
      this.#lost()
    }
  }

  /** Asks for a sign of life, and gives up a connection without one. */
  #beat(): void {
    const now = Date.now()
    const stoodStill = now - this.#beatAt > 3 * BEAT_MS
    this.#beatAt = now
    const socket = this.#socket
    if (socket === undefined) return
    if (now - this.#pingedAt >= PING_EVERY_MS && socket.readyState === WebSocket.OPEN) {
      this.#pingedAt = now
      socket.send('ping')
    }
    // A page that itself stood still has not yet read what came meanwhile.
    if (stoodStill || now - this.#silentSince < SILENT_MS) return
    this.#lost()
    socket.close()
  }

  #lost(): void {
    this.#socket = undefined
    if (document.hidden) {
      this.#set({ state: 'paused' })
      return
    }
    const wait = Math.min(FIRST_RETRY_MS * 2 ** this.#tries++, LONGEST_RETRY_MS)
    // Many pages of one server do not come back all at once.
    const waitMs = wait * (0.75 + Math.random() / 2)
    this.#timer = setTimeout(() => this.#connect(), waitMs)
    this.#set({ state: 'broken', retryAt: Date.now() + waitMs })
  }

  #look(): void {
    clearTimeout(this.#pausing)
    if (document.hidden) {
      this.#pausing = setTimeout(() => {
        clearTimeout(this.#timer)
        const socket = this.#socket
        this.#socket = undefined
        socket?.close()
        this.#set({ state: 'paused' })
      }, PAUSE_AFTER_MS)
    } else if (this.#socket === undefined) {
      this.#tries = 0
      this.#connect()
    }
  }

  #read(text: string): void {
    const message = parseExact(text) as {
      hello?: Hello
      id?: number
      body?: unknown
      whole?: boolean
      error?: string
    }
    if (message.hello !== undefined) {
      this.#hello = message.hello
      this.#skewMs = message.hello.now * 1000 - Date.now()
      this.#set({ state: 'open' })
    } else if (message.id !== undefined) {
      const { id, error } = message
      const receiver = this.#streams.get(id)?.receiver
      if (error === undefined) receiver?.receive(message.body, message.whole === true)
      else {
        receiver?.fail(error)
        const socket = this.#socket
        // A new connection asks everything anew.
        setTimeout(() => socket === this.#socket && this.#askAgain(id), ASK_AGAIN_MS)
      }
    }
  }

  /** What was refused may be there meanwhile, as a variable that an app has only after a while. */
  #askAgain(id: number): void {
    const stream = this.#streams.get(id)
    if (stream !== undefined) this.#send({ open: id, ...stream.question })
  }

  #set(connection: Connection): void {
    this.#connection = connection
    for (const watcher of this.#watchers) watcher()
  }
}
