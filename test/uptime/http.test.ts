import { describe, expect, test } from 'vitest'
import { Probes } from '../../src/uptime/probe/index.ts'
import type { Outcome } from '../../src/uptime/probe/probe.ts'
import { readTargets } from '../../src/uptime/target/index.ts'
import { answering } from '../support/listening.ts'
import { until } from '../support/until.ts'
import { check, openSockets, tcpTarget } from './support.ts'

const quick = { intervalMs: 1000, timeoutMs: 400 } as const

describe('a check over HTTP', () => {
  test('succeeds with 2xx and 3xx, and tells its phases', async () => {
    const server = await answering((_, response) => response.end('fine'))
    const outcome = await check(`http://localhost:${server.port}/`)
    expect(outcome).toMatchObject({ failure: null, httpStatus: 200 })
    expect(Object.keys(outcome.phases)).toEqual(['dns', 'connect', 'first_byte', 'transfer'])
    const sum = Object.values(outcome.phases).reduce((a, b) => a + b)
    expect(Math.abs(outcome.latencyUs - sum)).toBeLessThan(10_000)
    expect(outcome.latencyUs).toBeGreaterThanOrEqual(sum - 5)
  })

  test('sends what it is told, and its credentials', async () => {
    const heard: unknown[] = []
    const server = await answering((request, response) => {
      let body = ''
      request.on('data', (part) => {
        body += part
      })
      request.on('end', () => {
        heard.push([request.method, request.url, request.headers['x-a'], request.headers.authorization, body])
        response.end()
      })
    })
    const url = `http://me:it%20is@127.0.0.1:${server.port}/x?y=1`
    expect(await check({ url, method: 'post', headers: { 'x-a': 'b' }, body: 'ümlaut' })).toMatchObject({
      failure: null,
    })
    const basic = `Basic ${Buffer.from('me:it is').toString('base64')}`
    expect(heard).toEqual([['POST', '/x?y=1', 'b', basic, 'ümlaut']])
  })

  test.each([
    ['a status that is not wanted', { status: 503 }, {}, 'status 503, allowed are 200-399'],
    ['4xx, unlike the original', { status: 404 }, {}, 'status 404, allowed are 200-399'],
    ['another status that is wanted', { status: 404 }, { expectStatus: '200,400-404' }, null],
    ['HEAD', { body: 'x' }, { method: 'HEAD' }, null],
    ['text that is there', { body: 'say hello' }, { expectText: 'hello' }, null],
    ['text that is missing', { body: 'say' }, { expectText: 'hello' }, 'body does not hold "hello"'],
    ['JSON that is right', { body: '{"a":{"b":[1,{"c":true}]}}' }, { expectJson: { 'a.b.1.c': true } }, null],
    ['JSON of an object', { body: '{"a":{"x":1,"y":[2]}}' }, { expectJson: { a: { y: [2], x: 1 } } }, null],
    [
      'JSON that is wrong',
      { body: '{"a":{"b":[1,{"c":false}]}}' },
      { expectJson: { 'a.b.1.c': true } },
      'a.b.1.c is false, expected true',
    ],
    ['JSON that is missing', { body: '{}' }, { expectJson: { a: 1 } }, 'a is missing, expected 1'],
    ['no JSON', { body: '<html>' }, { expectJson: { a: 1 } }, 'body is not JSON'],
    ['a body too long', { body: 'x'.repeat(2000) }, { maxBodyBytes: 1000 }, 'body longer than 1000 bytes'],
  ])(
    'judges %s',
    async (_, { status = 200, body = '' }: { status?: number; body?: string }, options, failure) => {
      const server = await answering((_, response) => response.writeHead(status).end(body))
      const outcome = await check({ url: `http://127.0.0.1:${server.port}/`, ...options })
      expect(outcome.failure).toBe(failure)
    },
  )
})

describe('redirects', () => {
  test('are followed, with method and private headers as the RFC wants', async () => {
    const heard: string[] = []
    const second = await answering((request, response) => {
      heard.push(
        `${request.method} ${request.url} ${request.headers.authorization} ${request.headers['x-a']}`,
      )
      response.end('there')
    })
    const first = await answering((request, response) => {
      heard.push(
        `${request.method} ${request.url} ${request.headers.authorization} ${request.headers['x-a']}`,
      )
      const location = request.url === '/a' ? '/b' : `http://127.0.0.1:${second.port}/c`
      response.writeHead(302, { location }).end()
    })
    const outcome = await check({
      url: `http://127.0.0.1:${first.port}/a`,
      method: 'POST',
      body: 'x',
      headers: { authorization: 'secret', 'x-a': '1' },
      expectText: 'there',
    })
    expect(outcome).toMatchObject({ failure: null, httpStatus: 200 })
    expect(heard).toEqual(['POST /a secret 1', 'GET /b secret 1', 'GET /c undefined 1'])
  })

  test('are not followed when that is off: 302 is healthy then', async () => {
    const server = await answering((_, response) => response.writeHead(302, { location: '/b' }).end())
    const outcome = await check({ url: `http://127.0.0.1:${server.port}/`, redirects: false })
    expect(outcome).toMatchObject({ failure: null, httpStatus: 302 })
  })

  test('keep the credentials on the same host, and show them to nobody', async () => {
    const heard: [string | undefined, boolean][] = []
    const server = await answering((request, response) => {
      heard.push([request.url, request.headers.authorization !== undefined])
      const { host } = request.headers
      const locations: Record<string, string> = {
        '/a': `http://${host}/b`,
        '/b': '/c',
        '/c': `http://${host}/b`,
        '/away': `http://localhost:${host!.split(':')[1]}/end`,
      }
      const location = locations[request.url!]
      response.writeHead(location === undefined ? 200 : 302, location === undefined ? {} : { location }).end()
    })
    const url = (path: string) => `http://me:s%3Acret@127.0.0.1:${server.port}${path}`
    expect((await check(url('/a'))).failure).toBe(
      `redirects in a circle, back to http://me:…@127.0.0.1:${server.port}/b`,
    )
    expect((await check(url('/away'))).failure).toBeNull()
    expect(heard).toEqual([
      ['/a', true],
      ['/b', true],
      ['/c', true],
      ['/away', true],
      ['/end', false],
    ])
  })

  test('in a circle, without end, or to elsewhere than HTTP are failures', async () => {
    const server = await answering((request, response) => {
      const n = Number(/\d+/.exec(request.url ?? '')?.[0])
      const locations: Record<string, string> = { '/a': '/b', '/b': '/a', '/file': 'file:///etc/passwd' }
      response.writeHead(307, { location: locations[request.url!] ?? `/${n + 1}` }).end()
    })
    const url = (path: string) => `http://127.0.0.1:${server.port}${path}`
    expect((await check(url('/a'))).failure).toBe(`redirects in a circle, back to ${url('/a')}`)
    expect((await check(url('/1'))).failure).toBe('more than 10 redirects')
    expect((await check(url('/file'))).failure).toBe(
      'redirects to "file:///etc/passwd", which is no address over HTTP',
    )
  })
})

test('a request that cannot be sent says nothing of its target', async () => {
  const server = await answering((_, response) => response.end())
  for (const one of readTargets({
    it: `http://127.0.0.1:${server.port}/`,
    ws: `ws://127.0.0.1:${server.port}/`,
  })) {
    // The configuration refuses it: here it is slipped in behind that.
    const target = { ...one, options: { ...one.options, headers: { trailer: 'x' }, body: 'y' } }
    const outcome = await new Promise<Outcome>((resolve) => void new Probes().of(target).probe(resolve))
    expect(outcome).toMatchObject({ blame: 'machine', failure: expect.stringMatching(/^cannot check: /) })
  }
  await until(() => server.sockets.size === 0, 'no socket is left')
})

describe('a target that misbehaves fails with its own reason, within its time, and leaves no socket', () => {
  test.each<[string, (socket: import('node:net').Socket) => void, string | RegExp]>([
    ['accepts and never answers', () => {}, 'no answer'],
    [
      'answers a byte a second',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n')
        const timer = setInterval(() => socket.write('x'), 150)
        socket.on('close', () => clearInterval(timer))
      },
      /^no end of the body \([12] bytes so far\)$/,
    ],
    [
      'sends its headers a byte a second',
      (socket) => {
        const timer = setInterval(() => socket.write('H'), 1000)
        socket.on('close', () => clearInterval(timer))
      },
      'no answer',
    ],
    [
      'sends an endless body',
      (socket) => {
        const part = Buffer.alloc(64 * 1024)
        const more = () => {
          while (socket.writable && socket.write(part)) {}
        }
        socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n')
        socket.on('drain', more)
        more()
      },
      'body longer than 1048576 bytes',
    ],
    ['closes at once', (socket) => socket.end(), 'closed the connection before the end of its headers'],
    [
      'closes mid-header',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le'),
      'closed the connection before the end of its headers',
    ],
    [
      'closes mid-body',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'),
      'closed the connection before the end of its body',
    ],
    ['resets', (socket) => socket.resetAndDestroy(), 'connection reset'],
    [
      'speaks something else',
      (socket) => socket.end('220 mail.example.org ESMTP\r\n'),
      /^answer is not HTTP: /,
    ],
    [
      'sends endless headers',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\n${'x-y: z\r\n'.repeat(5000)}`),
      'headers longer than 16 KiB',
    ],
    [
      'switches protocols unasked',
      (socket) =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      'status 101, no upgrade was asked for',
    ],
  ])('one that %s', async (_, answer, failure) => {
    const server = await tcpTarget((socket) => {
      socket.once('data', () => answer(socket))
      socket.on('error', () => {})
    })
    const outcome = await check({ url: `http://127.0.0.1:${server.port}/`, ...quick })
    if (typeof failure === 'string') expect(outcome.failure).toBe(failure)
    else expect(outcome.failure).toMatch(failure)
    expect(outcome.tookMs).toBeLessThan(1000)
    await until(() => server.sockets.size === 0, 'no socket is left')
  })

  test('one that refuses, and one that has no name', async () => {
    const server = await tcpTarget()
    await server.stop()
    expect((await check(`http://127.0.0.1:${server.port}/`)).failure).toBe('connection refused')
    const outcome = await check('http://nothere.invalid/')
    // Where there is no name server at all, none answers.
    expect(outcome.failure).toMatch(/^(no DNS name "nothere.invalid"|DNS did not answer|connection refused)/)
    await until(() => openSockets().length === 0, 'nothing is open')
  })
})
