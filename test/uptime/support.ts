/** Targets of every kind, and one check of them. */
import { createServer, type Socket } from 'node:net'
import { Probes } from '../../src/uptime/probe/index.ts'
import type { Outcome } from '../../src/uptime/probe/probe.ts'
import { readTargets, type TargetOptions } from '../../src/uptime/target/index.ts'
import { type Listening, listening } from '../support/listening.ts'

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
  const probes = new Probes(nameservers)
  const outcome = await checkBy(probes, given)
  probes.close()
  return outcome
}

/** The same by probes that check others, too. */
export async function checkBy(
  probes: Probes,
  given: TargetOptions | string,
): Promise<Outcome & { readonly tookMs: number }> {
  const [target] = readTargets({ it: given })
  const began = performance.now()
  const outcome = await new Promise<Outcome>((resolve) => {
    const running = probes.of(target!).probe((outcome) => {
      clearTimeout(limit)
      resolve(outcome)
    })
    const limit = setTimeout(() => resolve(running.stop()), target!.timeoutMs)
  })
  return { ...outcome, tookMs: performance.now() - began }
}

/** Sockets and requests of this process that are still open. */
export function openSockets(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /TCPSocketWrap|TCPConnectWrap|GetAddrInfo|QueryReqWrap|TLSWrap|ProcessWrap/.test(name))
}
