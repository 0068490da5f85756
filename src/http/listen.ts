/** Listening, with an error a person understands. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errnoOf, MetricsError, messageOf } from '../utils/index.ts'

const LISTEN_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'this user may not listen on that port',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'that host name is not known',
}

/** Resolves when the server listens. @throws MetricsError `conflict` with the reason */
export async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const reason = LISTEN_REASONS[errnoOf(error) ?? ''] ?? messageOf(error)
      reject(new MetricsError('conflict', `cannot listen on ${host}:${port}: ${reason}`, { cause: error }))
    })
    server.listen(port, host, () => resolve())
  })
}

/** `http://HOST:PORT`, the port as it was picked. */
export function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
