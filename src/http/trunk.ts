/** What all streams of one socket share, and one stream's part of it. */
import { MAX_BUFFERED_BYTES, PING_EVERY_MS, type StreamSocket } from '../period/index.ts'
import { Ticker } from '../utils/index.ts'

/** A message or a query that is not lawful. Source: RFC 6455, 7.4.1. */
export const WRONG = 1008

/** A socket of many streams. */
export class Trunk {
  readonly #socket: StreamSocket
  /** Bytes of the longest message it was given. */
  #largest = 0
  #alive = true
  #dropped = false
  /** Ends its streams. */
  onTerminate: () => void = () => {}

  constructor(socket: StreamSocket) {
    this.#socket = socket
    socket.on('pong', () => {
      this.#alive = true
    })
  }

  /** Whether it was dropped: what it still asks was sent before. */
  get dropped(): boolean {
    return this.#dropped
  }

  /** What waits beyond two of the longest messages: a long one of another stream is no sign of a socket that does not read. */
  get bufferedAmount(): number {
    return Math.max(0, this.#socket.bufferedAmount - 2 * this.#largest)
  }

  /** A socket that does not read is dropped, whatever it is told: false then. */
  send(message: string | Buffer): boolean {
    if (message.length > this.#largest) this.#largest = message.length
    if (this.bufferedAmount > MAX_BUFFERED_BYTES) {
      this.terminate()
      return false
    }
    this.#socket.send(message, { binary: false, compress: false })
    return true
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  terminate(): void {
    this.#dropped = true
    this.#socket.terminate()
    // The socket tells of its end later: until then each stream would drop it anew.
    this.onTerminate()
  }

  /** One that did not answer the ping before is dropped. */
  ping(): void {
    if (this.#alive) this.#socket.ping()
    else this.terminate()
    this.#alive = false
  }
}

/** Pings all trunks for as long as there are any. */
export class Trunks {
  readonly #open = new Set<Trunk>()
  readonly #pinger = new Ticker(PING_EVERY_MS, () => {
    for (const trunk of this.#open) trunk.ping()
  })

  add(socket: StreamSocket): Trunk {
    const trunk = new Trunk(socket)
    this.#open.add(trunk)
    this.#pinger.start()
    socket.on('close', () => {
      this.#open.delete(trunk)
      if (this.#open.size === 0) this.#pinger.stop()
    })
    return trunk
  }
}

const END = Buffer.from('}')

/** One stream's own socket, whose messages go over the shared one. */
export class Branch implements StreamSocket {
  readonly #trunk: Trunk
  readonly #id: number
  readonly #ended: () => void
  readonly #listeners = { close: [] as (() => void)[], pong: [] as (() => void)[] }

  constructor(trunk: Trunk, id: number, ended: () => void) {
    this.#trunk = trunk
    this.#id = id
    this.#ended = ended
  }

  get bufferedAmount(): number {
    return this.#trunk.bufferedAmount
  }

  send(message: string | Uint8Array): boolean {
    return this.#send(Buffer.from(`{"id":${this.#id},"body":`), message)
  }

  /** The first message of a history; false where the shared socket was dropped instead. */
  sendWhole(body: Uint8Array): boolean {
    return this.#send(Buffer.from(`{"id":${this.#id},"whole":true,"body":`), body)
  }

  /** A wrong query ends this stream alone; a server that stops ends the socket. */
  close(code: number, reason: string): void {
    if (code === WRONG) this.#trunk.send(JSON.stringify({ id: this.#id, error: reason }))
    else this.#trunk.close(code, reason)
    this.end()
  }

  terminate(): void {
    this.#trunk.terminate()
  }

  /** The shared socket is pinged itself, once for all its streams. */
  ping(): void {
    for (const listener of this.#listeners.pong) listener()
  }

  on(event: string, listener: (message: never) => void): void {
    if (event === 'close' || event === 'pong') this.#listeners[event].push(listener as () => void)
  }

  /** Takes it off its stream. */
  end(): void {
    this.#ended()
    for (const listener of this.#listeners.close.splice(0)) listener()
  }

  #send(head: Buffer, body: string | Uint8Array): boolean {
    return this.#trunk.send(Buffer.concat([head, typeof body === 'string' ? Buffer.from(body) : body, END]))
  }
}
