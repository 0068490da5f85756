import { writeFileSync } from 'node:fs'
import { createServer as createHttpsServer } from 'node:https'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, test } from 'vitest'
import type { TargetOptions } from '../../src/uptime/index.ts'
import { Probes } from '../../src/uptime/probe/index.ts'
import { newFolder } from '../support/folder.ts'
import { listening } from '../support/listening.ts'
import { until } from '../support/until.ts'
import { Authority, type Made } from './certificates.ts'
import { check, checkBy, openSockets, tcpTarget } from './support.ts'

const authority = new Authority()
const DAY_S = 86_400

function trusted(): string {
  const path = join(newFolder(), 'ca.pem')
  writeFileSync(path, authority.pem)
  return path
}

function https(made: Made) {
  return listening(createHttpsServer({ key: made.key, cert: made.cert }, (_, response) => response.end('ok')))
}

describe('a target over TLS', () => {
  test('is healthy with a certificate that is valid, and tells when it expires', async () => {
    const server = await https(authority.issue(['localhost', '127.0.0.1'], { to: 30 }))
    const ca = trusted()
    for (const url of [
      `https://127.0.0.1:${server.port}/`,
      `https://localhost:${server.port}/`,
      `tls://localhost:${server.port}`,
    ]) {
      const outcome = await check({ url, ca, certificateDays: 29 })
      expect(outcome.failure, url).toBeNull()
      expect(outcome.phases.tls).toBeGreaterThan(0)
      expect(outcome.certificateExpiry! - Date.now() / 1000).toBeGreaterThan(30 * DAY_S - 60)
      expect(outcome.certificateExpiry! - Date.now() / 1000).toBeLessThan(30 * DAY_S + 60)
    }
    await until(() => server.sockets.size === 0, 'no socket is left')
    await until(() => openSockets().length <= 1, 'only the server is open')
  })

  test.each<[string, () => Made, Partial<TargetOptions>, RegExp]>([
    [
      'expired',
      () => authority.issue(['127.0.0.1'], { to: -2 }),
      {},
      /^certificate expired on \d{4}-\d\d-\d\d$/,
    ],
    [
      'for another name',
      () => authority.issue(['a.example', '192.0.2.1']),
      {},
      /^certificate is for a\.example, 192\.0\.2\.1, not for 127\.0\.0\.1$/,
    ],
    [
      'not valid yet',
      () => authority.issue(['127.0.0.1'], { from: 2 }),
      {},
      /^certificate is not valid before /,
    ],
    [
      'of an authority that is not trusted',
      () => new Authority().issue(['127.0.0.1']),
      {},
      /^certificate's issuer is not trusted$|^certificate is not valid/,
    ],
    [
      'about to expire',
      () => authority.issue(['127.0.0.1'], { to: 5.5 }),
      { certificateDays: 14 },
      /^certificate expires in 5 days, on \d{4}-\d\d-\d\d: at least 14 are wanted$/,
    ],
    [
      'about to expire tomorrow',
      () => authority.issue(['127.0.0.1'], { to: 1.5 }),
      { certificateDays: 14 },
      /^certificate expires in 1 day, on /,
    ],
  ])('whose certificate is %s fails with that reason', async (_, make, options, reason) => {
    const server = await https(make())
    const ca = trusted()
    for (const url of [`https://127.0.0.1:${server.port}/`, `tls://127.0.0.1:${server.port}`])
      expect((await check({ url, ca, ...options })).failure).toMatch(reason)
    await until(() => server.sockets.size === 0, 'no socket is left')
  })

  test('is healthy though it sends along an expired form of what is trusted', async () => {
    const cross = authority.signedBy(new Authority('old authority'), { from: -900, to: -30 })
    const made = authority.issue(['127.0.0.1'], { to: 30 })
    const server = await https({ key: made.key, cert: made.cert + cross })
    const outcome = await check({
      url: `https://127.0.0.1:${server.port}/`,
      ca: trusted(),
      certificateDays: 29,
    })
    expect(outcome.failure).toBeNull()
    expect(Math.round(outcome.certificateExpiry! / DAY_S - Date.now() / 1000 / DAY_S)).toBe(30)
  })

  test('whose issuer has expired says so, not that its own certificate did', async () => {
    const root = new Authority('root')
    const made = authority.issue(['127.0.0.1'], { to: 30 })
    const server = await https({ key: made.key, cert: made.cert + authority.signedBy(root, { to: -3 }) })
    const ca = join(newFolder(), 'ca.pem')
    writeFileSync(ca, root.pem)
    const outcome = await check({ url: `https://127.0.0.1:${server.port}/`, ca })
    expect(outcome.failure).toMatch(/^certificate of its issuer expired on \d{4}-\d\d-\d\d$/)
    expect(Math.round(outcome.certificateExpiry! / DAY_S - Date.now() / 1000 / DAY_S)).toBe(30)
  })

  test('need not be verified, and sends nothing to one that is not what is wanted', async () => {
    const asked: string[] = []
    const made = authority.issue(['a.example'], { to: -2 })
    const server = await listening(
      createHttpsServer({ key: made.key, cert: made.cert }, (request, response) => {
        asked.push(request.url!)
        response.end()
      }),
    )
    const url = `https://127.0.0.1:${server.port}`
    expect((await check(`${url}/secret`)).failure).toMatch(/^certificate expired/)
    expect(asked).toEqual([])
    const outcome = await check({ url: `${url}/open`, verify: false })
    expect(outcome.failure).toBeNull()
    expect(outcome.certificateExpiry! * 1000).toBeLessThan(Date.now())
    expect(asked).toEqual(['/open'])
  })

  test('that does not speak it, closes in the handshake or never answers fails with its own reason', async () => {
    const plain = await tcpTarget((socket) => socket.end('220 hello\r\n'))
    const closing = await tcpTarget((socket) => socket.once('data', () => socket.end()))
    const silent = await tcpTarget()
    const quick = { intervalMs: 1000, timeoutMs: 300 }
    const failureOf = async (port: number) =>
      (await check({ url: `tls://127.0.0.1:${port}`, ...quick })).failure
    expect(await failureOf(plain.port)).toMatch(/^TLS handshake failed: /)
    expect(await failureOf(closing.port)).toBe('closed the connection during the TLS handshake')
    expect(await failureOf(silent.port)).toBe('no end of the TLS handshake')
    for (const { sockets } of [plain, closing, silent]) await until(() => sockets.size === 0)
  })

  test('shares no session and no connection between two checks', async () => {
    const made = authority.issue(['127.0.0.1'])
    let connections = 0
    let reused = 0
    const server = createTlsServer({ key: made.key, cert: made.cert }, (socket) => {
      connections++
      if (socket.isSessionReused()) reused++
    })
    const { port } = await listening(server)
    const ca = trusted()
    for (let i = 0; i < 3; i++) await check({ url: `tls://127.0.0.1:${port}`, ca })
    await until(() => connections === 3, 'all handshakes are done')
    expect(reused).toBe(0)
  })

  test('trusts what its file holds when it is made, whatever another one found there', async () => {
    const server = await https(authority.issue(['127.0.0.1'], { to: 30 }))
    const target = { url: `https://127.0.0.1:${server.port}/`, ca: join(newFolder(), 'ca.pem') }
    const probes = new Probes()
    writeFileSync(target.ca, new Authority().pem)
    expect((await checkBy(probes, target)).failure).toMatch(/^certificate/)
    writeFileSync(target.ca, authority.pem)
    expect((await checkBy(probes, target)).failure).toBeNull()
    probes.close()
  })

  test('whose trusted certificates cannot be read is refused at once', async () => {
    await expect(check({ url: 'https://127.0.0.1:1/', ca: '/nowhere.pem' })).rejects.toThrow(
      /^cannot watch "it": ca: cannot read \/nowhere\.pem: ENOENT/,
    )
  })
})
