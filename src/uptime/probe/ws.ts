/** `ws` and `wss`: the upgrade is taken; on request a text is sent and its answer read. */
import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { errnoOf, messageOf } from '../../utils/index.ts'
import { Attempt } from './attempt.ts'
import { connect, type Endpoint } from './connect.ts'
import type { Probe } from './probe.ts'
import { failBy } from './reason.ts'
import type { Names } from './resolve.ts'

/** Bytes of a message. */
const MAX_MESSAGE_BYTES = 1024 * 1024
const MAX_SHOWN = 64

/** What is asked of a WebSocket. */
export interface WsRules {
  readonly url: URL
  readonly endpoint: Endpoint
  readonly headers: Readonly<Record<string, string>>
  /** Sent when it is open; undefined sends nothing, and the upgrade is enough. */
  readonly send: string | undefined
  /** Text that the first message must hold; undefined is content with any message. */
  readonly reply: string | undefined
}

/** Phases `dns`, `connect`, `tls`, `first_byte` (the upgrade's answer) and `transfer` (the message). */
export function wsProbe(rules: WsRules, names: Names): Probe {
  return (done) => {
    const attempt = new Attempt(done)
    connect(attempt, rules.endpoint, names, (socket) => attempt.step(() => upgrade(attempt, socket, rules)))
    return attempt
  }
}

function upgrade(attempt: Attempt, connection: Socket, { url, headers, send, reply }: WsRules): void {
  attempt.expect('answer to the upgrade')
  let request: ClientRequest | undefined
  const socket = new WebSocket(url, {
    headers: { 'user-agent': 'treering', ...headers },
    createConnection: () => connection,
    // Sent when there is somebody to hear of what becomes of it.
    finishRequest: (made) => {
      request = made
    },
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: MAX_MESSAGE_BYTES,
  })
  attempt.hold(() => socket.terminate())
  socket.on('open', () => {
    if (attempt.ended) return
    attempt.reach('first_byte')
    if (send === undefined && reply === undefined) return attempt.succeed()
    attempt.expect('message')
    if (send !== undefined) socket.send(send)
  })
  socket.on('message', (message) => {
    if (attempt.ended) return
    attempt.reach('transfer')
    const text = message.toString()
    if (reply === undefined || text.includes(reply)) attempt.succeed()
    else
      attempt.fail(
        `message is ${JSON.stringify(text.slice(0, MAX_SHOWN))}, expected ${JSON.stringify(reply)}`,
      )
  })
  socket.on('unexpected-response', (_, response) => {
    attempt.facts.httpStatus = response.statusCode ?? 0
    attempt.fail(`status ${response.statusCode}, the upgrade was refused`)
  })
  socket.on('close', (code) => attempt.fail(`closed the socket (${code})`))
  socket.on('error', (error) => {
    const code = errnoOf(error) ?? ''
    if (code === 'ECONNRESET') attempt.fail('closed the connection before the end of its headers')
    else if (code.startsWith('HPE_')) attempt.fail(`answer is not HTTP: ${messageOf(error)}`)
    else failBy(attempt, error, url.hostname)
  })
  request?.end()
}
