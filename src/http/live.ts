/**
 * Many streams over one WebSocket: what a page of many charts asks for.
 *
 * The server begins with `{"hello":…}`: what there is. Then the client sends `{"open":id,"source":…,"query":…}` and gets
 * `{"id":id,"body":…}`, at once and whenever the same query's stream would send; `{"close":id}` ends it. With
 * `"history":true` the whole period comes first, marked `"whole":true`, and from then on only its two newest slots: the open
 * one and the one that just ended. So a second of ten charts is some hundred bytes, not a hundred rows each.
 *
 * Each stream is one of the poller's own (`PollerHandler.stream`), which sees a socket of its own: same queries still
 * share their bytes with everybody else's.
 */
import type { Context } from 'hono'
import type { PollerHandler, RequestEnv, StreamSocket } from '../period/index.ts'
import { MetricsError, messageOf, respondJson } from '../utils/index.ts'

/** Streams of one socket. */
const MAX_STREAMS = 256
/** Newest slots of a history after its first message: the open one, and the one before, which ended since. */
const NEWEST_SLOTS = 2
/** A message or a query that is not lawful. Source: RFC 6455, 7.4.1. */
const WRONG = 1008

/** What a page must know of a source before it asks. */
export interface LiveSource {
  readonly name: string
  /** The reader's type, such as `system_info`; of an embedding program's source its name. */
  readonly type: string
  readonly interval_ms: number
  readonly periods: readonly { readonly name: string; readonly seconds: number }[]
  readonly aggregates: readonly string[]
  readonly params: readonly string[]
  /** Paths of its own beside its history, such as `/host`. */
  readonly routes: readonly string[]
  readonly handler: PollerHandler
}

/** `GET /live`: what there is, as JSON; upgraded: streams. */
export function liveHandler(version: string, sources: readonly LiveSource[]): (c: Context) => Response {
  const hello = () => ({
    version,
    now: Date.now() / 1000,
    sources: sources.map(({ handler: _, ...told }) => told),
  })
  const handlers = new Map(sources.map(({ name, handler }) => [name, handler]))
  return (c) => {
    const accept = (c.env as RequestEnv | undefined)?.accept
    if (accept === undefined) return respondJson(hello())
    return accept((socket) => serve(socket, JSON.stringify({ hello: hello() }), handlers))
  }
}

/** A message of a client, checked. */
type Wanted =
  | { readonly open: number; readonly source: string; readonly query: string; readonly history: boolean }
  | { readonly close: number }

function serve(socket: StreamSocket, hello: string, handlers: ReadonlyMap<string, PollerHandler>): void {
  const branches = new Map<number, Branch>()
  const trunk: Trunk = { socket, largest: 0 }
  function open({ open: id, source, query, history }: Extract<Wanted, { open: number }>): void {
    branches.get(id)?.end()
    const branch = new Branch(trunk, id, () => branches.delete(id))
    try {
      const handler = handlers.get(source)
      if (handler === undefined)
        throw new MetricsError('not_found', `unknown source ${JSON.stringify(source)}`)
      if (branches.size >= MAX_STREAMS)
        throw new MetricsError('unavailable', `too many streams: at most ${MAX_STREAMS} may be open`)
      const whole = history ? handler.answer(`?${query}`) : undefined
      branches.set(id, branch)
      if (whole !== undefined) branch.sendWhole(whole)
      handler.stream(branch, history ? `?${query}&newest=${NEWEST_SLOTS}` : `?${query}`)
    } catch (error) {
      branch.close(WRONG, error instanceof MetricsError ? messageOf(error) : 'internal error')
    }
  }

  socket.on('error', () => socket.terminate())
  socket.on('message', (message) => {
    const text = message.toString()
    if (text === 'ping') return socket.send('pong', { binary: false, compress: false })
    const wanted = parseWanted(text)
    if (wanted === undefined) {
      socket.close(WRONG, 'expected {"open":id,"source":"…","query":"…"} or {"close":id}')
    } else if ('open' in wanted) open(wanted)
    else branches.get(wanted.close)?.end()
  })
  socket.on('pong', () => {
    for (const branch of branches.values()) branch.pong()
  })
  socket.on('close', () => {
    for (const branch of [...branches.values()]) branch.end()
  })
  socket.send(hello, { binary: false, compress: false })
}

/** The real socket, and the longest message it was given. */
interface Trunk {
  readonly socket: StreamSocket
  largest: number
}

/** One stream's own socket, whose messages go over the shared one. */
class Branch implements StreamSocket {
  readonly #trunk: Trunk
  readonly #id: number
  readonly #ended: () => void
  readonly #listeners = { close: [] as (() => void)[], pong: [] as (() => void)[] }

  constructor(trunk: Trunk, id: number, ended: () => void) {
    this.#trunk = trunk
    this.#id = id
    this.#ended = ended
  }

  /** What waits beyond two of the longest messages: a long one of another stream is no sign of a socket that does not read. */
  get bufferedAmount(): number {
    return Math.max(0, this.#trunk.socket.bufferedAmount - 2 * this.#trunk.largest)
  }

  send(message: string | Uint8Array): void {
    this.#send(Buffer.from(`{"id":${this.#id},"body":`), message)
  }

  /** The first message of a history. */
  sendWhole(body: Uint8Array): void {
    this.#send(Buffer.from(`{"id":${this.#id},"whole":true,"body":`), body)
  }

  /** A wrong query ends this stream alone; a server that stops ends the socket. */
  close(code: number, reason: string): void {
    const { socket } = this.#trunk
    if (code === WRONG)
      socket.send(JSON.stringify({ id: this.#id, error: reason }), { binary: false, compress: false })
    else socket.close(code, reason)
    this.end()
  }

  terminate(): void {
    this.#trunk.socket.terminate()
  }

  ping(): void {
    this.#trunk.socket.ping()
  }

  on(event: string, listener: (message: never) => void): void {
    if (event === 'close' || event === 'pong') this.#listeners[event].push(listener as () => void)
  }

  /** The client answered a ping. */
  pong(): void {
    for (const listener of this.#listeners.pong) listener()
  }

  /** Takes it off its stream. */
  end(): void {
    this.#ended()
    for (const listener of this.#listeners.close.splice(0)) listener()
  }

  #send(head: Buffer, body: string | Uint8Array): void {
    const message = Buffer.concat([head, typeof body === 'string' ? Buffer.from(body) : body, END])
    if (message.length > this.#trunk.largest) this.#trunk.largest = message.length
    this.#trunk.socket.send(message, { binary: false, compress: false })
  }
}

const END = Buffer.from('}')

/** Undefined for what is no lawful message. */
function parseWanted(text: string): Wanted | undefined {
  let json: Record<string, unknown>
  try {
    json = (JSON.parse(text) as Record<string, unknown> | null) ?? {}
  } catch {
    return undefined
  }
  const { open, close, source, query = '', history = false } = json
  if (Number.isSafeInteger(close)) return { close: close as number }
  const lawful = Number.isSafeInteger(open) && typeof source === 'string' && typeof query === 'string'
  return lawful ? { open: open as number, source, query, history: history === true } : undefined
}
