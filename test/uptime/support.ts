/** Targets of every kind, and one check of them. */
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { Probes } from '../../src/uptime/probe/index.ts'
import type { Outcome } from '../../src/uptime/probe/probe.ts'
import { readTargets, type TargetOptions } from '../../src/uptime/target/index.ts'

/** A server and the sockets that are open on it. */
export interface Listening {
  readonly port: number
  readonly sockets: Set<Socket>
  stop(): Promise<void>
}

/** Starts a server on a port of its own, or a given one; it is gone when the test ends. */
export async function listening(
  server: Server | ReturnType<typeof createServer>,
  port = 0,
): Promise<Listening> {
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
  return { port: (server.address() as AddressInfo).port, sockets, stop }
}

export function httpTarget(listener: RequestListener, port = 0): Promise<Listening> {
  return listening(createHttpServer(listener), port)
}

/** A server that does this with each connection. */
export function tcpTarget(connected: (socket: Socket) => void = () => {}, port = 0): Promise<Listening> {
  const server = createServer((socket) => {
    connected(socket)
    // What nobody reads would hide that the other side has closed.
    socket.resume()
  })
  return listening(server, port)
}

/** Checks a target once, as it would be watched. */
export async function check(
  given: TargetOptions | string,
  nameservers?: readonly string[],
): Promise<Outcome & { readonly tookMs: number }> {
  const [target] = readTargets({ it: given })
  const probes = new Probes(nameservers)
  const began = performance.now()
  const outcome = await new Promise<Outcome>((resolve) => {
    const running = probes.of(target!).probe((outcome) => {
      clearTimeout(limit)
      resolve(outcome)
    })
    const limit = setTimeout(() => resolve(running.stop()), target!.timeoutMs)
  })
  probes.close()
  return { ...outcome, tookMs: performance.now() - began }
}

/** Sockets and requests of this process that are still open. */
export function openSockets(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /TCPSocketWrap|TCPConnectWrap|GetAddrInfo|QueryReqWrap|TLSWrap|ProcessWrap/.test(name))
}
