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
import { Branch, type Trunk, Trunks, WRONG } from './trunk.ts'

/** Streams of one socket. */
const MAX_STREAMS = 256
/** Newest slots of a history after its first message: the open one, and the one before, which ended since. */
const NEWEST_SLOTS = 2

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
  const trunks = new Trunks()
  return (c) => {
    const accept = (c.env as RequestEnv | undefined)?.accept
    if (accept === undefined) return respondJson(hello())
    return accept((socket) => {
      const trunk = trunks.add(socket)
      trunk.send(JSON.stringify({ hello: hello() }))
      serve(socket, trunk, handlers)
    })
  }
}

/** A message of a client, checked. */
type Wanted =
  | { readonly open: number; readonly source: string; readonly query: string; readonly history: boolean }
  | { readonly close: number }

function serve(socket: StreamSocket, trunk: Trunk, handlers: ReadonlyMap<string, PollerHandler>): void {
  const branches = new Map<number, Branch>()
  const endAll = () => {
    for (const branch of [...branches.values()]) branch.end()
  }
  trunk.onTerminate = endAll
  function open({ open: id, source, query, history }: Extract<Wanted, { open: number }>): void {
    branches.get(id)?.end()
    const branch = new Branch(trunk, id, () => branches.delete(id))
    try {
      const handler = handlers.get(source)
      if (handler === undefined)
        throw new MetricsError(
          'not_found',
          `unknown source ${JSON.stringify(source.slice(0, 64))}: there are ${[...handlers.keys()].join(', ')}`,
        )
      if (branches.size >= MAX_STREAMS)
        throw new MetricsError('unavailable', `too many streams: at most ${MAX_STREAMS} may be open`)
      const whole = history ? handler.answer(`?${query}`)?.body : undefined
      branches.set(id, branch)
      if (whole !== undefined && !branch.sendWhole(whole)) return
      handler.stream(branch, history ? `?${query}&newest=${NEWEST_SLOTS}` : `?${query}`)
    } catch (error) {
      branch.close(WRONG, error instanceof MetricsError ? messageOf(error) : 'internal error')
    }
  }

  socket.on('error', () => socket.terminate())
  socket.on('message', (message) => {
    if (trunk.dropped) return
    const text = message.toString()
    if (text === 'ping') return trunk.send('pong')
    const wanted = parseWanted(text)
    if (wanted === undefined) {
      socket.close(WRONG, 'expected {"open":id,"source":"…","query":"…"} or {"close":id}, id a whole number')
    } else if ('open' in wanted) open(wanted)
    else branches.get(wanted.close)?.end()
  })
  socket.on('close', endAll)
}

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
