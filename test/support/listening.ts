/** Servers on ports of their own. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import { onTestFinished } from 'vitest'

/** A server and the sockets that are open on it. */
export interface Listening {
  readonly port: number
  /** As it is to one that speaks HTTP, by TLS if it does. */
  readonly url: string
  readonly sockets: ReadonlySet<Socket>
  /** Hangs up on all and returns when nobody listens any more. */
  stop(): Promise<void>
}

/** Starts a server on a port of its own, or a given one; it is gone when the test ends. */
export async function listening(server: Server, port = 0): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  onTestFinished(stop)
  const given = (server.address() as AddressInfo).port
  const scheme = server instanceof TlsServer ? 'https' : 'http'
  return { port: given, url: `${scheme}://127.0.0.1:${given}`, sockets, stop }
}

/** A server of HTTP that answers so. */
export function answering(listener: RequestListener, port?: number): Promise<Listening> {
  return listening(createServer(listener), port)
}
