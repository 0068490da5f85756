import { getEventListeners } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer as createTcp } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { answering, listening } from '../support/listening.ts'
import { keptLog } from '../support/log.ts'
import { until } from '../support/until.ts'
import { poller, source, telling } from './support.ts'

const MIB = 1024 ** 2

/** What the poller says after one read of such an answer, and how long that took. */
async function told(listener: RequestListener, options: Parameters<typeof source>[1] = {}) {
  const { url } = await answering(listener)
  const polled = poller(source(url, { timeoutMs: 5000, ...options }))
  const began = performance.now()
  await polled.poll()
  const { last_error, failures } = polled.status()
  expect(failures).toBe(1)
  return {
    reason: last_error?.replace(`cannot read ${url}/debug/vars: `, '…: '),
    ms: performance.now() - began,
  }
}

/** A server that answers bytes of its own. */
async function raw(answer: string): Promise<string> {
  const { port } = await listening(createTcp((socket) => void socket.once('data', () => socket.end(answer))))
  return `127.0.0.1:${port}`
}

describe('an endpoint', () => {
  it.each<[string, RequestListener, string | RegExp]>([
    [
      'that answers 500 with JSON',
      (_, response) => void response.writeHead(500).end('{"a":1}'),
      '…: it answered 500 Internal Server Error',
    ],
    [
      'that sends elsewhere',
      (_, response) => void response.writeHead(302, { location: '/other' }).end(),
      '…: it answered 302 Found',
    ],
    [
      'that has no content',
      (_, response) => void response.writeHead(204).end(),
      '…: it answered 204 No Content',
    ],
    [
      'that answers {}',
      (_, response) => void response.end('{}'),
      '…: the answer is an object without a number, text or list of numbers',
    ],
    [
      'that answers truths alone',
      (_, response) => void response.end('{"ready":true,"names":["a"],"gone":null}'),
      /without a number/,
    ],
    [
      'that answers a list',
      (_, response) => void response.end('[1]'),
      '…: the answer is JSON, but no object',
    ],
    [
      'that answers no JSON',
      (_, response) => void response.end('<html>'),
      /^…: the answer is no JSON: Unexpected token/,
    ],
    [
      'that answers what is no text',
      (_, response) => void response.end(Buffer.from([0, 255, 1, 254])),
      '…: the answer is no JSON: it is no text',
    ],
    [
      'that answers in an encoding that nobody asked for',
      (_, response) => void response.setHeader('content-encoding', 'gzip').end(gzipSync('{"a":1}')),
      '…: it answered in the encoding gzip, which was not asked for',
    ],
    [
      'that answers neither JSON nor compressed, but says identity',
      (_, response) => void response.setHeader('content-encoding', 'Identity').end('no\tJSON'),
      /^…: the answer is no JSON: Unexpected token/,
    ],
    [
      'that answers nothing',
      (_, response) => void response.end(),
      /^…: the answer is no JSON: Unexpected end/,
    ],
    [
      'that ends in the middle of its JSON',
      (_, response) => void response.end('{"a":1,"b'),
      /^…: the answer is no JSON: /,
    ],
    [
      'that closes in the middle of its answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('{"a":1,')
        setTimeout(() => response.destroy(), 20)
      },
      '…: the connection ended in the middle of the answer',
    ],
    [
      'that closes without an answer',
      (request) => void request.socket.destroy(),
      '…: the connection was closed before the answer',
    ],
  ])('%s is told so', async (_, listener, reason) => {
    const { reason: said, ms } = await told(listener)
    if (typeof reason === 'string') expect(said).toBe(reason)
    else expect(said).toMatch(reason)
    expect(ms).toBeLessThan(4000)
  })

  it('that speaks no HTTP is told so', async () => {
    const address = await raw('SSH-2.0-OpenSSH_9.2\r\n')
    await expect(source(address).read()).rejects.toThrow(
      `cannot read http://${address}/debug/vars: the answer is no HTTP`,
    )
  })

  it.each<[string, RequestListener]>([
    ['never answers', () => {}],
    ['never ends its answer', (_, response) => void response.writeHead(200).write('{"a":1,')],
    [
      'drips its answer',
      (_, response) => {
        const drip = setInterval(() => response.write(' '), 10)
        response.on('close', () => clearInterval(drip))
      },
    ],
  ])('that %s is given up within the time limit', async (_, listener) => {
    const { reason, ms } = await told(listener, { timeoutMs: 300 })
    expect(reason).toBe('no sample within 300 ms')
    expect(ms).toBeGreaterThan(290)
    expect(ms).toBeLessThan(3000)
  })

  it('that answers 50 MB is cut off at its limit, with and without a length', async () => {
    let sent = 0
    const chunk = Buffer.alloc(MIB, ' ')
    const endless: RequestListener = (_, response) => {
      const more = () => {
        while (sent < 50 * MIB && !response.destroyed) {
          sent += chunk.length
          if (!response.write(chunk)) {
            response.once('drain', more)
            return
          }
        }
      }
      more()
    }
    const reason = '…: the answer is longer than 4194304 bytes'
    expect((await told(endless)).reason).toBe(reason)
    expect(sent).toBeLessThan(30 * MIB)
    const long: RequestListener = (_, response) =>
      void response.writeHead(200, { 'content-length': 50 * MIB }).flushHeaders()
    expect((await told(long)).reason).toBe(reason)
    expect((await told((_, response) => void response.end('{"a":12}'), { maxBodyBytes: 7 })).reason).toBe(
      '…: the answer is longer than 7 bytes',
    )
  })

  it('that is dead at the start is told so, and read when it comes up; when it dies, that is told', async () => {
    const before = await answering((_, response) => void response.end('{"a":1}'))
    const { url } = before
    await before.stop()
    const polled = poller(source(url))
    await polled.poll()
    expect(polled.status().last_error).toBe(`cannot read ${url}/debug/vars: connection refused`)
    const again = await answering((_, response) => void response.end('{"a":2}'), Number(new URL(url).port))
    await polled.poll()
    expect(polled.status()).toMatchObject({ last_error: null, failures: 1 })
    await again.stop()
    await polled.poll()
    expect(polled.status().last_error).toBe(`cannot read ${url}/debug/vars: connection refused`)
    // Old numbers do not pass for new ones.
    expect(polled.families()).toEqual([])
    expect(polled.latest!.values).toEqual({ a: 2 })
  })

  it('whose kept connection was closed meanwhile is asked once more', async () => {
    let requests = 0
    const { url } = await answering((request, response) => {
      requests++
      // Closes at the second request of a connection, as a server does whose time for idle ones is over.
      if (requests === 2) request.socket.destroy()
      else response.end('{"a":1}')
    })
    const reader = source(url)
    await reader.read()
    await expect(reader.read()).resolves.toMatchObject({ values: { a: 1 } })
    expect(requests).toBe(3)
  })

  it('leaks nothing when it is given up again and again', async () => {
    const { url, sockets } = await answering(() => {})
    const reader = source(url)
    const abort = new AbortController()
    for (let i = 0; i < 50; i++) {
      const each = new AbortController()
      const read = reader.collect(Date.now(), undefined, each.signal)
      setTimeout(() => each.abort(new Error('given up')), 5)
      await expect(read).rejects.toThrow('given up')
    }
    await until(() => sockets.size === 0, 'no connection is left')
    const { url: good } = await telling('{"a":1}')
    const living = source(good)
    for (let i = 0; i < 50; i++) await living.collect(Date.now(), undefined, abort.signal)
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0)
    abort.abort(new Error('stopped'))
    await expect(living.collect(Date.now(), undefined, abort.signal)).rejects.toThrow('stopped')
  })

  it('that fails more often in a row than its backoff is gone too long, until it answers again', async () => {
    const log = keptLog()
    const answer = { status: 503 }
    const { url } = await answering((_, response) => void response.writeHead(answer.status).end('{"a":1}'))
    const polled = poller(source(url, { backoff: 3, log }))
    for (let i = 0; i < 3; i++) await polled.poll()
    expect(polled.status().faults).toEqual([])
    for (let i = 0; i < 4; i++) await polled.poll()
    expect(polled.status().faults).toEqual([
      expect.stringMatching(/^endpoint gone too long: 7 reads in a row failed since 20\d\d-.*Z$/),
    ])
    answer.status = 200
    await polled.poll()
    expect(polled.status()).toMatchObject({ faults: [], last_error: null })
    expect(
      log.said
        .filter(({ level }) => level !== 'debug')
        .map(({ level, message, fields }) => [level, message, fields]),
    ).toEqual([
      [
        'error',
        'endpoint gone too long',
        { source: 'app', failures: 4, since: expect.any(String), reason: expect.stringMatching(/503/) },
      ],
      ['info', 'endpoint is back', { source: 'app', failures: 7, since: expect.any(String) }],
    ])
    // The count begins anew.
    answer.status = 503
    for (let i = 0; i < 3; i++) await polled.poll()
    expect(polled.status().faults).toEqual([])
  })

  it('is never told with its password', async () => {
    await expect(source('http://me:secret@127.0.0.1:1').read()).rejects.toThrow(
      'cannot read http://127.0.0.1:1/debug/vars: connection refused',
    )
    expect(() => source('http://me:secret@ho st')).toThrow('invalid endpoint "http://***@ho st"')
  })
})
