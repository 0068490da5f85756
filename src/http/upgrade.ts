/**
 * WebSocket upgrades through the same routes and checks as any request: the app is asked with `env.accept`; a route that
 * calls it takes the socket, any other answer is written back as it is.
 */
import { type IncomingMessage, type Server, ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { RequestEnv, StreamSocket } from '../period/index.ts'
import { MetricsError, respondError } from '../utils/index.ts'

/** Bytes of a message from a client: none needs more than `ping`. */
const MAX_PAYLOAD = 4096
/** One that was told to close and does not answer holds its place for so long. */
const CLOSE_TIMEOUT_MS = 5000

/** What of a Hono app is used. */
interface Fetches {
  fetch(request: Request, env?: RequestEnv): Response | Promise<Response>
}

/** The WebSockets of a server. */
export interface OpenSockets {
  /** Closes all with this code and reason. */
  close(code: number, reason: string): void
  /** Ends all at once; to be called after their close frames had time to go. */
  terminate(): void
}

/**
 * Serves an app's WebSockets on a server.
 *
 * @param maxSockets Sockets open at once; further upgrades get 503. @default 10000
 * @returns What ends those that are open.
 */
export function acceptUpgrades(server: Server, app: Fetches, maxSockets = 10_000): OpenSockets {
  const options = {
    noServer: true,
    maxPayload: MAX_PAYLOAD,
    perMessageDeflate: false,
    // Documented; the types do not know it.
    closeTimeout: CLOSE_TIMEOUT_MS,
  }
  const wss = new WebSocketServer(options)

  async function upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (incoming.headers.upgrade?.toLowerCase() !== 'websocket')
      return ignoreUpgrade(server, incoming, socket)
    const onError = () => socket.destroy()
    socket.on('error', onError)
    let opened: ((socket: StreamSocket) => void) | undefined
    const answer = await answerTo(incoming, (take) => {
      opened = take
      return new Response(null)
    })
    if (socket.destroyed) return
    socket.off('error', onError)
    if (opened === undefined) {
      const none = new MetricsError(
        'not_found',
        `no WebSocket at ${incoming.url}: there is one at /metrics, each /metrics/<reader>, and /live`,
      )
      return refuse(socket, answer.status < 400 ? respondError(none) : answer)
    }
    const take = opened
    wss.handleUpgrade(incoming, socket, head, (ws: WebSocket) => take(ws))
  }

  async function answerTo(
    incoming: IncomingMessage,
    accept: NonNullable<RequestEnv['accept']>,
  ): Promise<Response> {
    if (wss.clients.size >= maxSockets) {
      return respondError(
        new MetricsError('unavailable', `too many sockets: at most ${maxSockets} may be open`),
      )
    }
    try {
      const request = new Request(
        new URL(incoming.url ?? '/', `http://${incoming.headers.host ?? 'localhost'}`),
        {
          headers: headersOf(incoming),
        },
      )
      return await app.fetch(request, { accept, incoming })
    } catch {
      return respondError(
        new MetricsError('invalid', 'cannot read the request: its URL or a header is malformed'),
      )
    }
  }

  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    void upgrade(incoming, socket, head)
  })
  return {
    close(code, reason) {
      for (const ws of wss.clients) ws.close(code, reason)
    },
    terminate() {
      for (const ws of wss.clients) ws.terminate()
    },
  }
}

function headersOf(incoming: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return headers
}

/** A server may pass over an upgrade it does not know (`h2c`, as curl --http2 sends): it is an ordinary request then. */
function ignoreUpgrade(server: Server, incoming: IncomingMessage, socket: Duplex): void {
  const outgoing = new ServerResponse(incoming)
  outgoing.shouldKeepAlive = false
  outgoing.assignSocket(socket as IncomingMessage['socket'])
  // Ended alone, a socket whose client stays open would count as a connection for ever.
  outgoing.on('finish', () => (socket as Socket).destroySoon())
  socket.on('error', () => socket.destroy())
  server.emit('request', incoming, outgoing)
}

async function refuse(socket: Duplex, answer: Response): Promise<void> {
  const { status } = answer
  const body = Buffer.from(await answer.arrayBuffer())
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'connection: close',
    `content-length: ${body.length}`,
  ]
  for (const [name, value] of answer.headers) {
    if (name !== 'content-length') lines.push(`${name}: ${value}`)
  }
  socket.on('error', () => socket.destroy())
  socket.write(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]))
  ;(socket as Socket).destroySoon()
}
