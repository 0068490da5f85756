import { mkdirSync } from 'node:fs'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { init } from '../../src/index.ts'
import { depthSource } from '../support/depth.ts'
import { newFolder } from '../support/folder.ts'
import { listen, tree } from '../support/tree.ts'

const sources = [depthSource(() => 1)]
const TOKEN = 'a-token-of-some-length'

/** A request with headers that `fetch` does not let through. */
function ask(
  url: string,
  headers: Record<string, string>,
  method = 'GET',
  body = '',
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, method }, (answer) => {
      let text = ''
      answer.on('data', (chunk) => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, text }))
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

describe('on loopback', () => {
  it.each([
    'evil.example',
    'evil.example:8888',
    '192.168.1.7',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
  ])('a request to the host %s is refused', async (host) => {
    const { url } = await tree({}, { sources })
    const answer = await ask(`${url}/metrics`, { host })
    expect(answer.status).toBe(403)
    expect(JSON.parse(answer.text)).toMatchObject({
      code: 'forbidden',
      error: expect.stringContaining('allowed_hosts'),
    })
  })

  it.each([
    'localhost',
    'LOCALHOST:1',
    '127.0.0.1',
    '127.8.9.1:80',
    '[::1]:8888',
    'tree.localhost',
    'mon.example.org:443',
  ])('a request to the host %s is answered', async (host) => {
    const { url } = await tree({ allowedHosts: ['mon.example.org'] }, { sources })
    expect((await ask(`${url}/metrics`, { host })).status).toBe(200)
  })

  it('a URL that is too long is refused', async () => {
    const { url } = await tree({}, { sources })
    expect((await fetch(`${url}/metrics?keyword=${'a'.repeat(9000)}`)).status).toBe(414)
    expect((await ask(`${url}/metrics`, { cookie: 'a'.repeat(20_000) })).status).toBe(431)
  })
})

describe('an open address', () => {
  it('is refused without a token, unless it is allowed', async () => {
    const open = { listen: { host: '0.0.0.0', port: 0 } }
    await expect(init({ ...open, readers: {} })).rejects.toThrow(
      /without a token: .*TREERING_TOKEN.*--insecure/,
    )
    const insecure = await tree({ ...open, insecure: true }, { sources })
    const port = new URL(insecure.url).port
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200)
    await tree({ ...open, token: TOKEN }, { sources })
  })
})

describe('with a token', () => {
  const routes = [
    '/',
    '/metrics',
    '/metrics/depth',
    '/api/v1/metrics/depth',
    '/openapi.json',
    '/docs',
    '/host',
    '/nothing',
  ]

  it.each(routes)('%s wants it', async (path) => {
    const { url } = await tree({ token: TOKEN }, { sources })
    const status = async (authorization?: string) =>
      (await fetch(url + path, { headers: authorization === undefined ? {} : { authorization } })).status
    expect(await status()).toBe(401)
    expect(await status('Bearer wrong')).toBe(401)
    expect(await status(`Bearer ${TOKEN}x`)).toBe(401)
    expect(await status(`Basic ${TOKEN}`)).toBe(401)
    expect(await status(`Bearer ${TOKEN}`)).not.toBe(401)
  })

  it('/health answers anybody, and tells the rest only to whom shows it', async () => {
    const { url } = await tree({ token: TOKEN }, { sources })
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' })
    const full = await fetch(`${url}/health`, { headers: { authorization: `Bearer ${TOKEN}` } })
    expect(await full.json()).toMatchObject({ pollers: [{ name: 'depth' }] })
  })

  it('a socket wants it too', async () => {
    const { url } = await tree({ token: TOKEN }, { sources })
    await expect(listen(`${url}/metrics`).closed).rejects.toThrow('401')
    await listen(`${url}/metrics`, { authorization: `Bearer ${TOKEN}` }).count(1)
  })

  it('a browser is led to the login, and back with a cookie', async () => {
    const { url } = await tree({ token: TOKEN }, { sources })
    const first = await fetch(`${url}/docs?x=1`, { headers: { accept: 'text/html' }, redirect: 'manual' })
    expect([first.status, first.headers.get('location')]).toEqual([303, '/login?next=%2Fdocs%3Fx%3D1'])
    const login = async (token: string, next: string) =>
      fetch(`${url}/login`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ token, next }),
      })
    expect((await login('wrong', '/docs')).status).toBe(401)
    const right = await login(TOKEN, '/docs?x=1')
    expect([right.status, right.headers.get('location')]).toEqual([303, '/docs?x=1'])
    const cookie = right.headers.get('set-cookie')!
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Strict/)
    expect(cookie).not.toContain(TOKEN)
    const inside = await fetch(`${url}/docs`, { headers: { cookie: cookie.split(';')[0]! } })
    expect(inside.status).toBe(200)
    await listen(`${url}/metrics`, { cookie: cookie.split(';')[0]!, origin: url }).count(1)
  })

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '/a b'])(
    'a login never leads to %s',
    async (next) => {
      const { url } = await tree({ token: TOKEN }, { sources })
      const body = new URLSearchParams({ token: TOKEN, next })
      const answer = await fetch(`${url}/login`, { method: 'POST', redirect: 'manual', body })
      expect(answer.headers.get('location')).toBe('/')
    },
  )

  it('a login from a page of another site, or one that is too large, is refused', async () => {
    const { url } = await tree({ token: TOKEN }, { sources })
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const foreign = await ask(
      `${url}/login`,
      { ...form, origin: 'http://evil.example' },
      'POST',
      `token=${TOKEN}`,
    )
    expect(foreign.status).toBe(403)
    const large = await ask(`${url}/login`, form, 'POST', `token=${'x'.repeat(20_000)}`)
    expect(large.status).toBe(400)
  })
})

describe('every answer', () => {
  it.each([
    '/',
    '/metrics',
    '/metrics?period=5m',
    '/metrics?period=2h',
    '/nothing',
    '/login',
    '/docs',
    '/health',
    '/style.css',
  ])('of %s carries the strict headers', async (path) => {
    const { url } = await tree({}, { sources })
    const { headers } = await fetch(url + path)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('x-frame-options')).toBe('DENY')
  })
})

describe('a program that starts treering', () => {
  it('cannot poll two sources of one name, and is free to try again', async () => {
    const dataDir = newFolder()
    const config = { listen: { host: '127.0.0.1', port: 0 }, dataDir, readers: {} }
    await expect(init(config, { sources: [...sources, ...sources] })).rejects.toThrow(
      'two sources named "depth"',
    )
    await expect(init(config, { sources: [{ ...sources[0]!, name: 'a b' }] })).rejects.toThrow(
      'a name is 1 to 64',
    )
    await (await init(config, { sources })).close()
  })

  it('leaves none polling when one of its sources cannot be', async () => {
    let reads = 0
    const first = { ...sources[0]!, collect: async () => ({ depth: reads++ }) }
    const dataDir = newFolder()
    const config = { listen: { host: '127.0.0.1', port: 0 }, dataDir, readers: {} }
    const second = { ...sources[0]!, name: 'second' }
    // What stands where a history would be written is no history.
    mkdirSync(`${dataDir}/metrics/second.json`, { recursive: true })
    await expect(init(config, { sources: [first, second] })).rejects.toThrow('second')
    const before = reads
    await sleep(2200)
    expect(reads).toBe(before)
  })
})
