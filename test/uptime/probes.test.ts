import { chmodSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import type { Outcome } from '../../src/uptime/probe/probe.ts'
import { Heartbeats } from '../../src/uptime/probe/push.ts'
import { Names, parseHosts } from '../../src/uptime/probe/resolve.ts'
import { newFolder } from '../support/folder.ts'
import { answering, listening } from '../support/listening.ts'
import { needProgram } from '../support/need.ts'
import { until } from '../support/until.ts'
import { nameServer } from './nameserver.ts'
import { check, openSockets, tcpTarget } from './support.ts'

const quick = { intervalMs: 1000, timeoutMs: 300 } as const

describe('tcp', () => {
  test('is healthy when a connection is taken, and closes it', async () => {
    const server = await tcpTarget()
    expect(await check(`tcp://127.0.0.1:${server.port}`)).toMatchObject({ failure: null })
    await until(() => server.sockets.size === 0, 'no socket is left')
    await server.stop()
    expect((await check(`tcp://127.0.0.1:${server.port}`)).failure).toBe('connection refused')
    await until(() => openSockets().length === 0, 'nothing is open')
  })
})

describe('dns', () => {
  test('is healthy when the server answers, with what is expected', async () => {
    const server = await nameServer({
      'a.example': { A: ['192.0.2.7', '192.0.2.8'], MX: ['10 mail.a.example'], TXT: ['v=1 ok'] },
      'slow.example': 'silent',
    })
    const ask = (name: string, options: object = {}) =>
      check({ url: `dns://${server.address}/${name}`, ...quick, ...options })
    expect(await ask('a.example')).toMatchObject({ failure: null, phases: { dns: expect.any(Number) } })
    expect((await ask('a.example', { expectAnswer: ['192.0.2.8'] })).failure).toBeNull()
    expect((await ask('a.example', { expectAnswer: ['192.0.2.9'] })).failure).toBe(
      'a.example is 192.0.2.7, 192.0.2.8, expected 192.0.2.9',
    )
    expect((await ask('a.example?type=MX', { expectAnswer: ['10 mail.a.example.'] })).failure).toBeNull()
    for (const answer of ['v=1 ok', '"v=1 ok"', '"v=1" " ok"', '"v=\\049 \\ok"'])
      expect((await ask('a.example', { record: 'TXT', expectAnswer: [answer] })).failure, answer).toBeNull()
    expect((await ask('a.example', { record: 'TXT', expectAnswer: ['"v=1"'] })).failure).toBe(
      'a.example is v=1 ok, expected "v=1"',
    )
    expect((await ask('a.example', { record: 'AAAA' })).failure).toBe('a.example has no record of type AAAA')
    expect((await ask('b.example')).failure).toBe('no DNS name "b.example"')
    expect((await ask('slow.example')).failure).toBe('no DNS answer for slow.example')
    server.close()
    expect((await ask('a.example')).failure).toBe('connection refused by the name server')
    await until(() => openSockets().length === 0, 'nothing is open')
  })
})

describe('names of targets', () => {
  test('are asked of the name servers that are given, once for all checks of that moment', async () => {
    const server = await tcpTarget()
    const names = await nameServer({ 'home.example': { A: ['127.0.0.1'] }, 'slow.example': 'silent' })
    const outcome = await check(`tcp://home.example:${server.port}`, [names.address])
    expect(outcome.failure).toBeNull()
    expect(outcome.phases.dns).toBeGreaterThan(0)
    expect(names.asked.sort()).toEqual(['home.example A', 'home.example AAAA'])
    expect((await check(`tcp://b.example:${server.port}`, [names.address])).failure).toBe(
      'no DNS name "b.example"',
    )
    expect((await check({ url: 'tcp://slow.example:1', ...quick }, [names.address])).failure).toBe(
      'no DNS answer for slow.example',
    )
    await until(() => openSockets().length <= 1, 'only the server is open')
  })

  test.each([
    ['A', { A: ['192.0.2.7'], AAAA: 'silent' }, '192.0.2.7'],
    ['AAAA', { A: 'silent', AAAA: [`${'0'.repeat(31)}1`] }, '::1'],
  ] as const)('are found where the server answers about %s alone', async (_, answers, address) => {
    const server = await nameServer({ 'half.example': answers })
    const names = new Names([server.address])
    onTestFinished(() => names.close())
    const began = performance.now()
    const found = await new Promise((resolve) => {
      names.resolve('half.example', (error, addresses) => resolve(error ?? addresses))
    })
    expect(found).toMatchObject([{ address }])
    expect(performance.now() - began).toBeLessThan(1000)
  })

  test('are taken from the hosts file first', () => {
    const hosts = parseHosts('# x\n::1 localhost ip6\n127.0.0.1\tlocalhost Box # y\nnot-an-address z\n')
    expect([...hosts]).toEqual([
      [
        'localhost',
        [
          { address: '127.0.0.1', family: 4 },
          { address: '::1', family: 6 },
        ],
      ],
      ['ip6', [{ address: '::1', family: 6 }]],
      ['box', [{ address: '127.0.0.1', family: 4 }]],
    ])
  })
})

describe('icmp', () => {
  test('is healthy when an echo comes back, with its round trip as latency', async (context) => {
    needProgram(context, 'ping')
    const outcome = await check('icmp://127.0.0.1')
    expect(outcome).toMatchObject({ failure: null, phases: { rtt: outcome.latencyUs } })
    expect((await check('icmp://nothere.invalid')).failure).toMatch(/^no (DNS name|echo reply)/)
  })

  /** Programs are looked for here until the test ends. */
  const lookIn = (folder: string) => {
    const { PATH } = process.env
    process.env.PATH = folder
    onTestFinished(() => {
      process.env.PATH = PATH
    })
  }

  /** The program ping is this one until the test ends. */
  const pingThat = (script: string) => {
    const folder = newFolder()
    const ping = join(folder, 'ping')
    writeFileSync(ping, `#!/bin/sh\n${script}\n`)
    chmodSync(ping, 0o755)
    lookIn(folder)
  }

  test('says nothing about the target where there is no ping', async () => {
    lookIn('/nowhere')
    expect(await check('icmp://127.0.0.1')).toMatchObject({
      failure: 'cannot check: there is no program ping',
      blame: 'machine',
    })
  })

  const PORT = 'Destination Port Unreachable'
  test.each([
    ['From 192.0.2.1 icmp_seq=1 Destination Port Unreachable', PORT],
    ['From 192.0.2.1 icmp_seq=1 Packet filtered', 'Packet filtered'],
    ['From 192.0.2.1 icmp_seq=1 Dest Unreachable, Bad Code: 5', 'Dest Unreachable, Bad Code: 5'],
    [
      'From fe80::1%eth0 icmp_seq=1 Destination unreachable: Address unreachable',
      'Destination unreachable: Address unreachable',
    ],
    ['From fe80::1%eth0: icmp_seq=1 Time to live exceeded', 'Time to live exceeded'],
    ['92 bytes from gw (192.0.2.1): Destination Port Unreachable', PORT],
    ['Reply from 192.0.2.1: Destination Port Unreachable', PORT],
    ['PING unreachable.example (192.0.2.1) 56(84) bytes of data.', undefined],
  ])('tells all that is said in place of an echo: %s', async (said, reason) => {
    pingThat(`echo "PING a (192.0.2.1) 56(84) bytes of data."\necho "${said}"\nexit 1`)
    const { failure } = await check('icmp://127.0.0.1')
    expect(failure).toBe(reason === undefined ? 'no echo reply' : `no echo reply: ${reason}`)
  })

  test.each([
    [
      'is asked to speak English',
      'if [ "$LC_ALL" = C ]; then echo "time=7.5 ms"; else echo "Zeit=7.5 ms"; fi',
      7500,
    ],
    ['that tells no time is believed', 'echo "64 Bytes von 127.0.0.1"', undefined],
  ])('a ping %s', async (_, script, rtt) => {
    pingThat(script)
    const outcome = await check('icmp://127.0.0.1')
    expect(outcome.failure).toBeNull()
    expect(outcome.phases.rtt).toBe(rtt)
    expect(outcome.latencyUs).toBeGreaterThan(0)
  })
})

describe('ws', () => {
  test('is healthy when the upgrade is taken, or when the echo comes', async () => {
    const http = createHttpServer()
    const sockets = new WebSocketServer({ server: http, path: '/echo' })
    sockets.on('connection', (socket) => socket.on('message', (text) => socket.send(`you said ${text}`)))
    const server = await listening(http)
    const url = `ws://127.0.0.1:${server.port}/echo`
    expect((await check(url)).failure).toBeNull()
    const echo = await check({ url, send: 'hi', expectReply: 'said hi' })
    expect(echo.failure).toBeNull()
    expect(Object.keys(echo.phases)).toEqual(['connect', 'first_byte', 'transfer'])
    expect((await check({ url, send: 'hi', expectReply: 'ho' })).failure).toBe(
      'message is "you said hi", expected "ho"',
    )
    expect((await check({ url, expectReply: 'x', ...quick })).failure).toBe('no message')
    const refused = await check(`ws://127.0.0.1:${server.port}/other`)
    expect(refused).toMatchObject({ failure: 'status 400, the upgrade was refused', httpStatus: 400 })
    await until(() => server.sockets.size === 0, 'no socket is left')
  })

  test('sends its credentials as they were meant', async () => {
    const http = createHttpServer()
    const heard: (string | undefined)[] = []
    http.on('upgrade', (request, socket) => {
      heard.push(request.headers.authorization)
      socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n')
    })
    const { port } = await listening(http)
    expect((await check(`ws://me:p%40ss@127.0.0.1:${port}/`)).failure).toBe(
      'status 401, the upgrade was refused',
    )
    expect(heard).toEqual([`Basic ${Buffer.from('me:p@ss').toString('base64')}`])
  })

  test('fails with its own reason where it is refused, closed, or never answered', async () => {
    const plain = await answering((_, response) => response.end('page'))
    const closing = await tcpTarget((socket) => socket.once('data', () => socket.end()))
    const silent = await tcpTarget()
    const failureOf = async (port: number) =>
      (await check({ url: `ws://127.0.0.1:${port}/`, ...quick })).failure
    expect(await failureOf(plain.port)).toBe('status 200, the upgrade was refused')
    expect(await failureOf(closing.port)).toBe('closed the connection before the end of its headers')
    expect(await failureOf(silent.port)).toBe('no answer to the upgrade')
    for (const { sockets } of [plain, closing, silent]) await until(() => sockets.size === 0)
  })
})

describe('push', () => {
  const look = (heartbeats: Heartbeats): Outcome => {
    let found: Outcome | undefined
    heartbeats.probe((outcome) => {
      found = outcome
    })
    return found!
  }

  test('is unknown before the first report, what it says after it, and unhealthy after silence', async () => {
    const heartbeats = new Heartbeats(150)
    expect(look(heartbeats)).toMatchObject({ failure: 'no heartbeat yet', status: 'unknown' })
    heartbeats.take({ latencyMs: 12.5 })
    expect(look(heartbeats)).toMatchObject({ failure: null, latencyUs: 12_500 })
    heartbeats.take({ status: 'napping' })
    expect(look(heartbeats)).toMatchObject({ failure: 'says it is napping', status: 'napping' })
    heartbeats.take({ status: 'unhealthy', reason: 'disk full' })
    expect(look(heartbeats)).toMatchObject({ failure: 'disk full', blame: 'target' })
    await sleep(200)
    expect(look(heartbeats)).toMatchObject({
      failure: 'no heartbeat for 0s, allowed are 150ms',
      latencyUs: 0,
    })
  })
})
