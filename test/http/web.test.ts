import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { openWeb } from '../../src/http/web.ts'
import { newFolder } from '../support/folder.ts'
import { targetsSource } from '../support/targets.ts'
import { tree } from '../support/tree.ts'

const TOKEN = 'a-token-of-some-length'

/** An app that serves a built page of these files. */
function app(files: Readonly<Record<string, string>>): Hono {
  const folder = newFolder()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const web = openWeb([join(folder, 'not-built'), folder])
  return new Hono().get('*', (c) => web(c, c.req.path.slice(1)) ?? c.text('none', 404))
}

describe('the page’s files', () => {
  it('are of a browser’s to keep for ever when their names change with them, and asked for anew when not', async () => {
    const served = app({ 'index.html': '<p>', 'assets/a-123.js': 'x' })
    const hashed = await served.request('/assets/a-123.js')
    expect(hashed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(hashed.headers.get('content-type')).toContain('text/javascript')
    const page = await served.request('/index.html')
    expect(page.headers.get('cache-control')).toBe('no-cache')
    const etag = page.headers.get('etag')!
    expect((await served.request('/index.html', { headers: { 'if-none-match': `W/${etag}` } })).status).toBe(
      304,
    )
  })

  it('may run scripts of this server and no others', async () => {
    const policy = (await app({ 'index.html': '<p>' }).request('/index.html')).headers.get(
      'content-security-policy',
    )!
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toMatch(/unsafe|https?:|\*|data:/)
  })

  it('are sent packed to whom takes that', async () => {
    const text = 'a line\n'.repeat(1000)
    const served = app({ 'assets/a.js': text })
    const packed = await served.request('/assets/a.js', { headers: { 'accept-encoding': 'br, gzip' } })
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(packed.headers.get('vary')).toBe('accept-encoding')
    expect(gunzipSync(Buffer.from(await packed.arrayBuffer())).toString()).toBe(text)
    const plain = await served.request('/assets/a.js')
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(await plain.text()).toBe(text)
  })

  it('are those of its folder and of no other', async () => {
    const served = app({ 'index.html': '<p>', 'notes.txt': 'secret' })
    for (const path of ['/notes.txt', '/../package.json', '/assets/../../x', '/.sources'])
      expect((await served.request(path)).status, path).toBe(404)
  })

  it('need not be there: a server that was not built answers with the list', async () => {
    const web = openWeb([join(newFolder(), 'nothing')])
    const served = new Hono().get('/', (c) => web(c, 'index.html') ?? c.text('the list'))
    expect(await (await served.request('/')).text()).toBe('the list')
  })
})

describe('the built page', () => {
  it('holds no inline script or style, and asks no other host', async () => {
    const { url } = await tree()
    for (const path of ['/', '/status']) {
      const page = await (await fetch(url + path)).text()
      expect(page).toMatch(/<script type="module"[^>]* src="\/assets\/[\w.-]+\.js"><\/script>/)
      expect(page).not.toMatch(/<style|style=|onload=|<script[^>]*>[^<]/)
      for (const [, asset] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
        expect(asset).toMatch(/^\//)
        expect((await fetch(url + asset)).status, asset).toBe(200)
      }
    }
  })
})

describe('the status page', () => {
  const targets = targetsSource(() => ({
    home: { status: 'healthy', latency: 12.345, display_name: 'Home page', group: 'web' },
    db: { status: 'unhealthy', latency: 0, reason: 'cannot connect to 10.0.0.7:5432' },
  }))

  it('tells how each target fared, a letter a slot', async () => {
    const { url } = await tree({}, { sources: [targets] })
    const answer = await fetch(`${url}/status.json?period=1h`)
    const body = (await answer.json()) as { slot_seconds: number; targets: Record<string, unknown>[] }
    expect(body).toMatchObject({ period: '1h', slot_seconds: 36, now: expect.any(Number) })
    const [db, home] = body.targets
    expect(home).toEqual({
      alias: 'home',
      source: 'uptime',
      name: 'Home page',
      group: 'web',
      status: 'healthy',
      since: expect.any(Number),
      uptime: 1,
      latency: 7,
      slots: `${'-'.repeat(99)}u`,
      latencies: [...new Array(99).fill(null), 12.3],
    })
    expect(db).toMatchObject({ name: 'db', group: null, status: 'unhealthy', slots: `${'-'.repeat(99)}d` })
    const etag = answer.headers.get('etag')!
    expect([200, 304]).toContain(
      (await fetch(`${url}/status.json?period=1h`, { headers: { 'if-none-match': etag } })).status,
    )
  })

  it('carries a status on to the next check, and not over a time when nobody looked', async () => {
    const at = Math.floor(Date.now() / 36_000) * 36
    const slot = (ago: number, status: string, downtime?: number) => ({
      timestamp: at - ago * 36,
      status,
      downtime,
      latency: 1,
    })
    // Checked every fifth slot; between the third and the fourth check nobody looked; in the last slot it was down for a while.
    const statuses = [
      slot(70, 'healthy'),
      slot(65, 'unhealthy'),
      slot(60, 'healthy'),
      slot(10, 'healthy'),
      slot(5, 'healthy', 0.2),
      slot(0, 'healthy'),
    ]
    const source = {
      ...targets,
      aggregate: () => ({
        total: 1,
        data: [{ alias: 'db', uptime: 1, current_status: 'healthy', statuses }],
      }),
    }
    const { url } = await tree({}, { sources: [source] })
    const { targets: [db] = [] } = (await (await fetch(`${url}/status.json?period=1h`)).json()) as {
      targets: { slots: string }[]
    }
    const text = `${'u'.repeat(5)}${'d'.repeat(5)}${'u'.repeat(6)}${'-'.repeat(44)}${'u'.repeat(5)}puuuuu`
    expect(db!.slots).toContain(text)
  })

  it('tells neither an address nor a reason', async () => {
    const { url } = await tree({}, { sources: [targets] })
    const text = await (await fetch(`${url}/status.json`)).text()
    expect(text).not.toContain('10.0.0.7')
    expect(text).not.toContain('reason')
  })

  it('refuses a period that is not, and is empty without targets', async () => {
    const { url } = await tree()
    expect(await (await fetch(`${url}/status.json`)).json()).toMatchObject({ period: '1d', targets: [] })
    const wrong = await fetch(`${url}/status.json?period=2h`)
    expect(wrong.status).toBe(400)
    expect(await wrong.json()).toMatchObject({ error: expect.stringContaining('allowed are 5m, 15m') })
  })

  it('wants the token unless it is made public, and then nothing else is public with it', async () => {
    const closed = await tree({ token: TOKEN }, { sources: [targets] })
    const open = await tree({ token: TOKEN, statusPublic: true }, { sources: [targets] })
    const script = /src="(\/assets\/[^"]+)"/.exec(await (await fetch(`${open.url}/status`)).text())![1]!
    const status = async (url: string) => (await fetch(url)).status
    for (const path of ['/status', '/status.json?period=5m', script]) {
      expect(await status(closed.url + path), path).toBe(401)
      expect(await status(open.url + path), path).toBe(200)
    }
    const others = [
      '/',
      '/list',
      '/live',
      '/metrics',
      '/metrics/uptime',
      '/host',
      '/docs',
      '/openapi.json',
      '/status/x',
    ]
    for (const path of others) expect(await status(open.url + path), path).toBe(401)
  })
})
