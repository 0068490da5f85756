import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { DEFAULT_CONFIG, type Treering } from '../../src/index.ts'
import { tree } from '../support/tree.ts'

/** A source whose newest sample is the same for ever: two answers of one moment can be compared. */
const source = {
  name: 'still',
  intervalMs: 60_000,
  collect: async () => ({ depth: 7 }),
  aggregate: (entries: readonly { depth: number }[]) => ({ total: entries.length, data: entries }),
}

interface Told {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** Over a socket, exactly this path and these headers. */
function ask(url: string, path: string, headers: Record<string, string>, method: string): Promise<Told> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(url)
    const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (answer) => {
      const { date: _, connection: __, 'transfer-encoding': ___, ...told } = answer.headers
      let body = ''
      answer.on('data', (chunk) => {
        body += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode, headers: told, body }))
    })
    asked.on('error', reject).end()
  })
}

/** By the app itself, with no socket in between. */
async function asked({ fetch, url }: Treering, path: string, given: Record<string, string>, method: string) {
  const host = given.host ?? new URL(url).host
  const answer = await fetch(new Request(url + path, { method, headers: { ...given, host } }))
  const { status, headers } = answer
  const text = await answer.text()
  const length = answer.body === null ? {} : { 'content-length': String(text.length) }
  const body = method === 'HEAD' ? '' : text
  return { status, headers: { ...length, ...Object.fromEntries(headers) }, body }
}

/** What a browser sends after its login. */
async function logIn({ fetch, url }: Treering, token: string): Promise<string> {
  const headers = { host: new URL(url).host }
  const body = new URLSearchParams({ token })
  const { headers: told } = await fetch(new Request(`${url}/login`, { method: 'POST', headers, body }))
  return told.get('set-cookie')!.split(';')[0]!
}

const OPEN_METRICS = { accept: 'application/openmetrics-text;version=1.0.0' }
const REQUESTS: readonly { path: string; headers?: Record<string, string>; method?: string }[] = [
  { path: '/metrics' },
  { path: '/metrics', headers: { accept: 'application/json' } },
  { path: '/metrics', headers: { accept: 'text/html,*/*;q=0.8' } },
  { path: '/metrics?period=5m' },
  { path: '/metrics/still' },
  { path: '/metrics/still?period=1h&limit=1' },
  { path: '/metrics/still?limit=1&period=1h' },
  { path: '/api/v1/metrics/still?period=1mo' },
  { path: '/metrics/still?' },
  { path: '/metrics/still', method: 'HEAD' },
  { path: '/metrics/still', headers: { 'if-none-match': '"other"' } },
  { path: '/metrics/still?period=3y' },
  { path: '/metrics/still?period=5m&limit=-1' },
  { path: '/metrics/none?period=5m' },
  { path: '/metrics/s%74ill?period=5m' },
  { path: '/metrics/still/?period=5m' },
  { path: '/metrics/still', headers: { host: 'evil.example' } },
  { path: '/metrics/still', headers: { host: 'localhost' } },
  { path: '/metrics/still', headers: { origin: 'http://evil.example' } },
  { path: '/metrics/still', method: 'POST' },
  { path: `/metrics/still?period=5m&keyword=${'x'.repeat(9000)}` },
]

it.each(REQUESTS)(
  '%j is answered as the app alone answers it',
  async ({ path, headers = {}, method = 'GET' }) => {
    const running = await tree({}, { sources: [source] })
    for (let again = 0; again < 2; again++)
      expect(await ask(running.url, path, headers, method)).toEqual(
        await asked(running, path, headers, method),
      )
  },
)

it.each(REQUESTS)(
  '%j is answered as the app alone answers it to who has the token',
  async ({ path, headers = {}, method = 'GET' }) => {
    const token = 'a-long-enough-token'
    const running = await tree({ token }, { sources: [source] })
    const cookie = await logIn(running, token)
    for (const shown of [
      { authorization: `Bearer ${token}` },
      { cookie },
      { cookie: 'treering_login=x' },
      {},
    ]) {
      const given = { ...headers, ...shown } as Record<string, string>
      expect(await ask(running.url, path, given, method)).toEqual(await asked(running, path, given, method))
    }
  },
)

it.each(['/health', '/metrics', '/metrics/still?period=5m', '/metrics/none'])(
  '%s is answered to HTTP/1.0 that names no host',
  async (path) => {
    const { url } = await tree({}, { sources: [source] })
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.end(`GET ${path} HTTP/1.0\r\n\r\n`)
    const answer = await text(socket)
    expect(answer).toMatch(path === '/metrics/none' ? /^HTTP\/1\.1 404 / : /^HTTP\/1\.1 200 /)
    expect(answer).toMatch(/\r\n\r\n\{/)
  },
)

it('an answer that still holds is not sent again', async () => {
  const { url } = await tree({}, { sources: [source] })
  const { headers } = await ask(url, '/metrics/still', {}, 'GET')
  const again = await ask(url, '/metrics/still', { 'if-none-match': String(headers.etag) }, 'GET')
  expect([again.status, again.body]).toEqual([304, ''])
})

it('whoever wants the form of Prometheus gets it', async () => {
  const { url } = await tree({}, { sources: [source] })
  expect((await ask(url, '/metrics', {}, 'GET')).body).toBe('{"depth":7}')
  expect((await ask(url, '/metrics', OPEN_METRICS, 'GET')).body).toMatch(/^# .*# EOF\n$/s)
})

it('a token is asked for, also when it comes while the server runs', async () => {
  const running = await tree({}, { sources: [source] })
  const { url } = running
  expect((await ask(url, '/metrics/still', {}, 'GET')).status).toBe(200)
  const listen = { host: '127.0.0.1', port: Number(new URL(url).port) }
  await running.apply({ ...DEFAULT_CONFIG, listen, readers: {}, token: 'a-long-enough-token' })
  expect((await ask(url, '/metrics/still', {}, 'GET')).status).toBe(401)
  const authorization = 'Bearer a-long-enough-token'
  expect((await ask(url, '/metrics/still', { authorization }, 'GET')).body).toBe('{"depth":7}')
})

it('a source that was never read has no answer yet', async () => {
  const never = { ...source, name: 'never', collect: () => new Promise<never>(() => {}) }
  const { url } = await tree({}, { sources: [never] })
  expect((await ask(url, '/metrics/never', {}, 'GET')).status).toBe(204)
})
