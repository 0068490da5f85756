/**
 * One poller's samples and rows, streamed to sockets.
 *
 * All sockets with one query get the same bytes, made once a beat. A message equal to the socket's last one is not sent again. Sending
 * is cut into slices, so that ten thousand sockets do not hold up requests; a socket that does not read is dropped when
 * its unsent bytes pass a limit, and the others do not notice.
 */
import { MetricsError, messageOf, Ticker } from '../utils/index.ts'
import type { Answer, Answers, Asked } from './answers.ts'
import type { Poller } from './poller.ts'

/** Unsent bytes of a socket, beside two of its messages, at which it is dropped. */
export const MAX_BUFFERED_BYTES = 1024 * 1024
/** A socket that does not answer a ping until the next one is dropped. */
export const PING_EVERY_MS = 30_000
/** Work between two turns of the event loop. */
const SLICE_MS = 5
/** Bytes of a close frame's reason. Source: RFC 6455, 5.5: a control frame holds 125 bytes, two are the code. */
const MAX_REASON_BYTES = 123
/** Part of a beat by which a message may come early: beats jitter. */
const EARLY_MS = 100

/** What a stream asks of a socket; a `WebSocket` of the package `ws` is one. */
export interface StreamSocket {
  readonly bufferedAmount: number
  /** @returns false where it was dropped instead: what it shares its connection with does not read. */
  send(message: string | Uint8Array, options: { binary: boolean; compress: boolean }): unknown
  close(code: number, reason: string): void
  terminate(): void
  ping(): void
  on(event: 'message', listener: (message: { toString(): string }) => void): unknown
  on(event: 'close' | 'pong' | 'error', listener: () => void): unknown
}

interface Client {
  readonly socket: StreamSocket
  readonly asked: Asked
  dueAt: number
  last: Buffer | undefined
  alive: boolean
}

/** The sockets of one poller. */
export class Stream<Sample, Entry, Data> {
  readonly #poller: Poller<Sample, Entry, Data>
  readonly #answers: Answers<Sample, Entry, Data>
  /** Sockets with the same query, by its key. */
  readonly #groups = new Map<string, Set<Client>>()
  readonly #bodies = new Map<string, Buffer>()
  readonly #pinger = new Ticker(PING_EVERY_MS, () => void this.#ping())
  #unsubscribe: (() => void) | undefined
  #sending = false
  #dropped = 0

  constructor(poller: Poller<Sample, Entry, Data>, answers: Answers<Sample, Entry, Data>) {
    this.#poller = poller
    this.#answers = answers
  }

  /** Sockets open now. */
  get size(): number {
    let size = 0
    for (const group of this.#groups.values()) size += group.size
    return size
  }

  /** Sockets dropped because they did not read. */
  get dropped(): number {
    return this.#dropped
  }

  /**
   * Takes an open socket: one message at once, then one each interval. A wrong parameter closes it with 1008 and the
   * reason.
   *
   * @param search The query string of its URL.
   */
  add(socket: StreamSocket, search: string): void {
    socket.on('error', () => socket.terminate())
    let client: Client
    let first: Answer | undefined
    try {
      const asked = this.#answers.ask(search)
      // The second message comes with the beat within its interval, not with the one behind it.
      const dueAt = performance.now() + Math.max(0, asked.intervalMs - this.#poller.intervalMs)
      client = { socket, asked, dueAt, last: undefined, alive: true }
      first = this.#answers.answer(asked)
    } catch (error) {
      const known = error instanceof MetricsError
      socket.close(known ? 1008 : 1011, reasonOf(known ? messageOf(error) : 'internal error'))
      return
    }
    const { key } = client.asked
    const group = this.#groups.get(key) ?? new Set()
    this.#groups.set(key, group.add(client))
    socket.on('close', () => this.#remove(client))
    socket.on('pong', () => {
      client.alive = true
    })
    // Clients of the original keep themselves alive by this text; here it is answered, and never required.
    socket.on('message', (message) => {
      if (message.toString() === 'ping') this.#send(client, 'pong', 0)
    })
    this.#unsubscribe ??= this.#poller.subscribe(() => void this.#tick())
    this.#pinger.start()
    if (first !== undefined) this.#sendBody(client, this.#shared(key, first.body))
  }

  /** Closes all sockets with 1001 and this reason. */
  close(reason: string): void {
    for (const group of this.#groups.values()) {
      for (const { socket } of group) socket.close(1001, reason)
    }
    this.#rest()
  }

  #remove(client: Client): void {
    const { key } = client.asked
    const group = this.#groups.get(key)
    if (group?.delete(client) && group.size === 0) {
      this.#groups.delete(key)
      this.#bodies.delete(key)
    }
    if (this.#groups.size === 0) this.#rest()
  }

  /** Without sockets there is nothing to do on a beat. */
  #rest(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    this.#pinger.stop()
  }

  /** After a sample: sends to every socket that is due. A beat that comes while the last one is still being sent is passed over. */
  async #tick(): Promise<void> {
    if (this.#sending) return
    this.#sending = true
    // Not the wall clock: when that is set back, nobody would be due until it has caught up.
    const now = performance.now()
    let sliceEnds = performance.now() + SLICE_MS
    for (const [key, group] of this.#groups) {
      let body: Buffer | undefined
      for (const client of group) {
        if (client.dueAt - EARLY_MS > now) continue
        // From the time it was due, not from now: intervals do not drift. After a break it starts anew.
        client.dueAt = Math.max(client.dueAt, now - client.asked.intervalMs) + client.asked.intervalMs
        body ??= this.#bodyOf(client.asked)
        if (body === undefined) break
        if (client.last !== body) this.#sendBody(client, body)
        if (performance.now() > sliceEnds) {
          await new Promise(setImmediate)
          sliceEnds = performance.now() + SLICE_MS
        }
      }
      if (group.size === 0) this.#bodies.delete(key)
    }
    this.#sending = false
  }

  #bodyOf(asked: Asked): Buffer | undefined {
    try {
      const answer = this.#answers.answer(asked)
      return answer && this.#shared(asked.key, answer.body)
    } catch {
      // What was answered when the socket opened can be answered no more: it stays open and quiet.
      return undefined
    }
  }

  /** The same bytes are the same object, so that a client's last message is compared by identity. */
  #shared(key: string, body: Buffer): Buffer {
    const before = this.#bodies.get(key)
    if (before?.equals(body)) return before
    this.#bodies.set(key, body)
    return body
  }

  #sendBody(client: Client, body: Buffer): void {
    client.last = body
    this.#send(client, body, body.length)
  }

  #send(client: Client, message: string | Buffer, length: number): void {
    if (client.socket.bufferedAmount > Math.max(MAX_BUFFERED_BYTES, 2 * length)) {
      this.#dropped++
      client.socket.terminate()
      return
    }
    if (client.socket.send(message, { binary: false, compress: false }) === false) this.#dropped++
  }

  async #ping(): Promise<void> {
    let sliceEnds = performance.now() + SLICE_MS
    for (const group of this.#groups.values()) {
      for (const client of group) {
        if (!client.alive) client.socket.terminate()
        client.alive = false
        client.socket.ping()
        if (performance.now() > sliceEnds) {
          await new Promise(setImmediate)
          sliceEnds = performance.now() + SLICE_MS
        }
      }
    }
  }
}

/** As many whole characters of a text as a close frame holds. */
function reasonOf(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= MAX_REASON_BYTES) return text
  const cut = bytes
    .subarray(0, MAX_REASON_BYTES - 3)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
  return `${cut}…`
}
