import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { createServer as createSocketServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { EndpointOptions } from '../../src/recorders/address.ts'
import { parseRetryAfter } from '../../src/recorders/endpoint.ts'
import type { Recorder } from '../../src/recorders/index.ts'
import { createOtlpRecorder } from '../../src/recorders/otlp/index.ts'
import { createRemoteWriteRecorder } from '../../src/recorders/remotewrite/index.ts'
import { newFolder } from '../support/folder.ts'
import { freePort } from '../support/freeport.ts'
import { answering, listening } from '../support/listening.ts'
import { needProgram } from '../support/need.ts'
import { gauge, receiver, shipment } from './stores.ts'

type Open = (endpoint: string, options?: Partial<EndpointOptions>) => Recorder

const kept = (recorder: Recorder): Recorder => {
  onTestFinished(async () => void (await recorder.close?.()))
  return recorder
}
const RECORDERS: [name: string, open: Open][] = [
  ['remote write', (endpoint, more) => kept(createRemoteWriteRecorder('r', { endpoint, ...more }))],
  ['OTLP', (endpoint, more) => kept(createOtlpRecorder('r', { endpoint, ...more }))],
]
const BATCH = [shipment(1_700_000_000_000, [gauge('a', 1), gauge('b', 2)])]
const record = (recorder: Recorder, ms = 5000) => recorder.record(BATCH, AbortSignal.timeout(ms))
const taken = { shipped: 2, refused: new Map() }

describe.each(RECORDERS)('%s', (name, open) => {
  // Keys and addresses get mended; documents do not come back.
  const mended = [401, 403, 404]
  const passing = [...mended, ...(name === 'OTLP' ? [429, 502, 503, 504] : [429, 500, 502, 503, 504, 507])]
  const final: [number, string][] = [
    [301, 'invalid'],
    [415, 'invalid'],
    ...(name === 'OTLP' ? ([[500, 'invalid']] as [number, string][]) : []),
  ]

  it.each(passing)('is to be tried again when the answer is %i', async (status) => {
    const { url } = await receiver({ status, body: 'busy\nvery' }, { status: 200 })
    const recorder = open(url)
    await expect(record(recorder)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(`^cannot ship to ${url}/.*: ${status} [^:]+: busy$`),
    })
    expect(await record(recorder)).toEqual(taken)
  })

  it.each(final)('is not to be tried again when the answer is %i', async (status, code) => {
    const { url } = await receiver({ status, body: 'no' })
    await expect(record(open(url))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(`: ${status} `),
    })
  })

  it.each([400, 413, 422])('counts as refused what is answered with %i', async (status) => {
    const { url, received } = await receiver({ status, body: 'not this' })
    const { shipped, refused } = await record(open(url))
    expect(shipped).toBe(0)
    expect([...refused]).toEqual([[expect.stringMatching(new RegExp(`^${status} .*: not this$`)), 2]])
    expect(received.length).toBe(1)
  })

  it('cuts a refused message in two until only what is at fault is refused', async () => {
    const { url } = await answering((request, response) => {
      const bytes: Buffer[] = []
      request.on('data', (chunk: Buffer) => bytes.push(chunk))
      request.on('end', () => response.writeHead(Buffer.concat(bytes).includes('poison') ? 400 : 200).end())
    })
    const batch = Array.from({ length: 20 }, (_, i) =>
      shipment(1000 * i, [gauge(i === 13 ? 'poison' : 'good', 1)], `source${i}`),
    )
    const { shipped, refused } = await open(url).record(batch, AbortSignal.timeout(5000))
    expect(shipped).toBe(19)
    expect([...refused]).toEqual([['400 Bad Request', 1]])
  })

  it('does not cut for ever what a store refuses altogether', async () => {
    const { url, received } = await receiver({ status: 400, body: 'too many series' })
    const batch = Array.from({ length: 500 }, (_, i) => shipment(1000 * i, [gauge('good', i)]))
    const { shipped, refused } = await open(url).record(batch, AbortSignal.timeout(5000))
    expect(shipped).toBe(0)
    expect(refused).toEqual(new Map([['400 Bad Request: too many series', 500]]))
    expect(received.length).toBeLessThan(100)
  })

  it('stays away as long as it is asked to, without asking again', async () => {
    const { url, received } = await receiver(
      { status: 429, headers: { 'retry-after': '1' } },
      { status: 200 },
    )
    const recorder = open(url)
    await expect(record(recorder)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(record(recorder)).rejects.toThrow(/it asked to be left alone for 1 s more/)
    expect(received.length).toBe(1)
    await sleep(1050)
    expect(await record(recorder)).toEqual(taken)
  })

  it('gives up in time on a server that accepts and never answers', async () => {
    const { url } = await listening(createSocketServer(() => {}))
    const recorder = open(url)
    await expect(record(recorder, 100)).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/no answer in time$/),
    })
    await expect(recorder.record(BATCH, AbortSignal.abort())).rejects.toMatchObject({ code: 'timeout' })
    await recorder.close?.()
  })

  it('is to be tried again when nobody listens, or the answer breaks off', async () => {
    const dead = open(`http://127.0.0.1:${await freePort()}`)
    await expect(record(dead)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/ECONNREFUSED/),
    })
    const { url: half } = await answering((_request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half')
      setTimeout(() => response.destroy(), 20)
    })
    await expect(record(open(half))).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('takes a connection that the server closed meanwhile for no failure', async () => {
    let count = 0
    const { url } = await answering((request, response) => {
      count += 1
      if (count === 2) request.socket.destroy()
      else response.writeHead(200).end()
    })
    const recorder = open(url)
    expect(await record(recorder)).toEqual(taken)
    expect(await record(recorder)).toEqual(taken)
    expect(count).toBe(3)
  })

  it('passes over an answer of 50 MB', async () => {
    const { url } = await answering((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(Buffer.alloc(50_000_000, 'x'))
    })
    expect(await record(open(url))).toEqual(taken)
  })

  it('speaks TLS with an authority and a certificate of its own', async (context) => {
    needProgram(context, 'openssl')
    const dir = newFolder()
    const ssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' })
    const signed = (file: string, subject: string) => {
      ssl(
        'req',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-keyout',
        `${file}.key`,
        '-out',
        `${file}.csr`,
        '-subj',
        subject,
      )
      writeFileSync(join(dir, 'names'), 'subjectAltName=IP:127.0.0.1')
      ssl(
        'x509',
        '-req',
        '-in',
        `${file}.csr`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-out',
        `${file}.pem`,
        '-days',
        '2',
        '-extfile',
        'names',
      )
    }
    ssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      '/CN=ca',
      '-days',
      '2',
    )
    signed('server', '/CN=server')
    signed('client', '/CN=client')
    const pem = (file: string) => readFileSync(join(dir, file))
    const server = createServer(
      {
        key: pem('server.key'),
        cert: pem('server.pem'),
        ca: pem('ca.pem'),
        requestCert: true,
        rejectUnauthorized: false,
      },
      (request, response) => {
        request.resume()
        const { authorized } = request.socket as unknown as { authorized: boolean }
        response.writeHead(authorized ? 200 : 403).end()
      },
    )
    const { url } = await listening(server)
    const [ca, cert, key] = ['ca.pem', 'client.pem', 'client.key'].map((file) => join(dir, file)) as [
      string,
      string,
      string,
    ]
    expect(await record(open(url, { ca, cert, key }))).toEqual(taken)
    await expect(record(open(url, { ca }))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('403 Forbidden'),
    })
    await expect(record(open(url))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/certificate/),
    })
    await expect(record(open(url, { insecure: true }))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('403 Forbidden'),
    })
    expect(() => open(url, { ca: join(dir, 'none') })).toThrow(/cannot read ca file .*none/)
  })

  it('says what is wrong with its address and secrets, and never says the secrets', () => {
    const refused: [string, Partial<EndpointOptions>, RegExp][] = [
      ['', {}, /expected an address/],
      ['localhost:9090', {}, /expected an address such as/],
      ['ftp://h', {}, /expected an address/],
      ['http://', {}, /expected an address/],
      ['http://u:secret@h', {}, /give username and password beside it/],
      ['http://h', { token: 'secret', username: 'u' }, /not both/],
    ]
    for (const [endpoint, options, reason] of refused) {
      expect(() => open(endpoint, options)).toThrow(reason)
      expect(() => open(endpoint, options)).not.toThrow(/secret/)
    }
    const { destination } = open('https://H.example.org', { username: 'u', password: 'secret' })
    expect(destination).toMatch(
      /^(prometheus_remote_write|otlp) https:\/\/h\.example\.org\/(api\/v1\/write|v1\/metrics) user="u"$/,
    )
  })
})

it('reads Retry-After as seconds or as a date, and believes an hour at most', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  const read = (text: string | undefined) => parseRetryAfter(text, now)
  expect(
    ['7', ' 0 ', '999999999', 'Thu, 01 Jan 2026 00:00:09 GMT', 'Wed, 31 Dec 2025 00:00:00 GMT'].map(read),
  ).toEqual([7000, undefined, 3_600_000, 9000, undefined])
  expect(['', 'soon', '-1', '1.5', undefined].map(read)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})
