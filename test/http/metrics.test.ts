import { setTimeout as sleep } from 'node:timers/promises'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { Poller, pollerHandler } from '../../src/period/index.ts'
import { createRegistry } from '../../src/process/index.ts'
import { TestClock } from '../support/clock.ts'
import { depthSource } from '../support/depth.ts'
import { tree } from '../support/tree.ts'

async function served() {
  let depth = 0
  return tree(
    { periods: { '30m': 1_800_000 } },
    { sources: [depthSource(() => depth++), depthSource(() => 5, 'other')] },
  )
}

describe('GET /metrics', () => {
  it('is the newest sample of the first source, whatever aggregate is named', async () => {
    const { url } = await served()
    const answer = await fetch(`${url}/metrics?aggregate=nonsense`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('no-cache')
    expect(await answer.json()).toMatchObject({ depth: expect.any(Number), timestamp: expect.any(Number) })
  })

  it('is the rows of a period, from the first second on, in every ring', async () => {
    const { url } = await served()
    for (const period of ['5m', '15m', '30m', '1h', '1d', '1mo']) {
      const answer = await fetch(`${url}/metrics/other?period=${period}`)
      expect(await answer.json(), period).toMatchObject({ total: 1, data: [{ depth: 5 }] })
    }
  })

  it('answers each source under its name, and under the path of the original', async () => {
    const { url } = await served()
    for (const path of ['/metrics/other', '/api/v1/metrics/other']) {
      expect(await (await fetch(url + path)).json()).toMatchObject({ depth: 5 })
    }
  })

  it('answers 204 while there is no sample', async () => {
    const source = { ...depthSource(() => 0), collect: () => new Promise<never>(() => {}) }
    const { url } = await tree({}, { sources: [source] })
    const answer = await fetch(`${url}/metrics`)
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    expect((await fetch(`${url}/metrics?period=5m`)).status).toBe(204)
  })

  it('tells with a 304 what it depends on, and answers any ETag with one', async () => {
    const { url } = await served()
    const again = await fetch(`${url}/metrics?period=5m`, { headers: { 'if-none-match': '*' } })
    expect([again.status, again.headers.get('vary'), await again.text()]).toEqual([304, 'accept', ''])
  })

  it('answers 304 while its ETag holds, and anew after the next sample', async () => {
    const { url, pollers } = await served()
    const etag = (await fetch(`${url}/metrics?period=5m`)).headers.get('etag')!
    const again = await fetch(`${url}/metrics?period=5m`, { headers: { 'if-none-match': etag } })
    expect([200, 304]).toContain(again.status)
    const weak = { 'if-none-match': `"other", W/${(await fetch(`${url}/metrics`)).headers.get('etag')}` }
    expect([200, 304]).toContain((await fetch(`${url}/metrics`, { headers: weak })).status)
    await pollers[0]!.poll()
    expect((await fetch(`${url}/metrics?period=5m`, { headers: { 'if-none-match': etag } })).status).toBe(200)
  })

  it.each([
    ['period=2h', 'invalid period "2h": allowed are 5m, 15m, 30m, 1h, 1d, 1mo'],
    ['period=5m&stat=median', 'invalid stat "median": allowed are mean, min, max'],
    ['period=5m&limit=-1', 'invalid limit "-1": allowed are whole numbers from 0'],
    ['limit=x', 'invalid limit "x"'],
    ['period=5m&offset=1.5', 'invalid offset "1.5"'],
    ['interval=soon', 'invalid interval "soon": allowed are durations such as 1s'],
    ['interval=-5s', 'invalid interval "-5s"'],
    [`keyword=${'a'.repeat(300)}&period=5m`, 'invalid keyword: longer than 256 characters'],
  ])('refuses %s, naming the parameter and what is allowed', async (query, reason) => {
    const { url } = await served()
    const answer = await fetch(`${url}/metrics?${query}`)
    expect(answer.status).toBe(400)
    const body = (await answer.json()) as { error: string }
    expect(body).toMatchObject({ message: 'bad request', code: 'invalid' })
    expect(body.error).toContain(reason)
  })

  it('names the sources there are when one is not', async () => {
    const { url } = await served()
    const answer = await fetch(`${url}/metrics/nothing`)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({
      code: 'not_found',
      error: 'unknown source "nothing": there are depth, other',
    })
  })
})

describe('an answer', () => {
  it('is made once per change, whatever the order of its parameters and the number of requests', async () => {
    let made = 0
    const source = depthSource(() => 1)
    const { aggregate } = source
    source.aggregate = (entries, query) => {
      made++
      return aggregate(entries, query)
    }
    const poller = new Poller(source, { dir: null, clock: new TestClock() })
    const app = new Hono().get('/m', pollerHandler(poller).handle)
    await poller.poll()
    const bodies = new Set<string>()
    for (let i = 0; i < 50; i++) {
      const query = i % 2 === 0 ? 'period=5m&limit=7' : 'limit=7&period=5m'
      bodies.add(await (await app.request(`/m?${query}`)).text())
    }
    expect([made, bodies.size]).toEqual([1, 1])
    await poller.poll()
    await app.request('/m?period=5m&limit=7')
    expect(made).toBe(2)
  })

  it('drops entries whose time has passed though no sample comes any more', async () => {
    const clock = new TestClock()
    const poller = new Poller(
      depthSource(() => 1),
      { dir: null, clock },
    )
    const app = new Hono().get('/m', pollerHandler(poller).handle)
    await poller.poll()
    expect(await (await app.request('/m?period=5m')).json()).toMatchObject({ total: 1 })
    clock.pass(310_000)
    expect(await (await app.request('/m?period=5m')).json()).toMatchObject({ total: 0 })
    expect(await (await app.request('/m?period=15m')).json()).toMatchObject({ total: 1 })
  })
})

describe('the other routes', () => {
  it('tell the health of the pollers', async () => {
    const { url } = await served()
    const ok = (await (await fetch(`${url}/health`)).json()) as { pollers: object[] }
    expect(ok).toMatchObject({ status: 'ok', version: expect.any(String) })
    expect(ok.pollers).toHaveLength(2)
    const broken = { ...depthSource(() => 0), collect: () => Promise.reject(new Error('gone')) }
    const other = await tree({}, { sources: [broken] })
    expect(await (await fetch(`${other.url}/health`)).json()).toMatchObject({
      status: 'degraded',
      pollers: [{ name: 'depth', last_error: 'gone' }],
    })
  })

  it.each([
    ['/', 'text/html', '<a href="/list">'],
    ['/list', 'text/html', '/metrics/depth?period=5m'],
    ['/status', 'text/html', 'status.json'],
    ['/favicon.svg', 'image/svg+xml', '<svg'],
    ['/docs', 'text/html', 'Letters that a name must hold'],
    ['/openapi.json', 'application/json', '"openapi":"3.1.0"'],
    ['/style.css', 'text/css', 'color-scheme'],
    ['/login', 'text/html', 'Token'],
  ])('%s answers %s from our own files alone', async (path, type, part) => {
    const { url } = await served()
    const answer = await fetch(url + path)
    expect(answer.headers.get('content-type')).toContain(type)
    const text = await answer.text()
    expect(text).toContain(part)
    expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
  })

  it('describe every route that answers', async () => {
    const { url } = await served()
    const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, object> }
    for (const path of Object.keys(paths)) expect((await fetch(url + path)).status, path).toBeLessThan(300)
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/metrics', '/metrics/depth', '/metrics/other', '/health']),
    )
  })

  it('answer what does not exist, and a source that breaks, without their inner text', async () => {
    const broken = depthSource(() => 0)
    broken.aggregate = () => {
      throw new Error('secret path /root/x')
    }
    const { url } = await tree({}, { sources: [broken] })
    expect(await (await fetch(`${url}/nothing`)).json()).toMatchObject({
      code: 'not_found',
      error: 'no route GET /nothing: see /docs',
    })
    const answer = await fetch(`${url}/metrics?period=5m`)
    expect(answer.status).toBe(500)
    expect(await answer.json()).toEqual({
      message: 'internal error',
      error: 'internal error',
      code: 'internal',
    })
  })
})

describe('GET /metrics of ten thousand streams', () => {
  it('lets another request be answered while it is written, and tells of all of them', async () => {
    const registry = createRegistry()
    const jobs = registry.counter('jobs', { fields: { i: 'int' }, maxStreams: 7000 })
    const waits = registry.distribution('waits', { unit: 'ms', fields: { i: 'int' }, maxStreams: 3000 })
    for (let i = 0; i < 7000; i++) jobs.add(i, { i })
    for (let i = 0; i < 3000; i++) waits.add(1, { i })
    const { url, pollers } = await tree({ readers: { process: { type: 'process' } } }, { registry })
    // Points are made as they are written, not all before.
    const waited = pollers[0]!.families().find(({ name }) => name === 'waits_seconds')!
    expect([Object.hasOwn(waited, 'points'), typeof waited.parts]).toEqual([false, 'function'])
    const order: string[] = []
    const ask = async (path: string) => {
      const answer = await fetch(url + path, { headers: { accept: 'text/plain;version=0.0.4' } })
      order.push(path)
      return answer.text()
    }
    // Both connections are there already.
    await Promise.all([ask('/health'), ask('/debug/vars')])
    order.length = 0
    const written = ask('/metrics')
    await sleep(2)
    await ask('/health')
    const lines = (await written).split('\n')
    expect(order).toEqual(['/health', '/metrics'])
    const counted = lines.filter((line) => line.startsWith('jobs_total{'))
    expect(counted).toHaveLength(7000)
    expect(counted[6999]).toBe('jobs_total{i="6999"} 6999')
    expect(lines.filter((line) => line.startsWith('waits_seconds_count{'))).toHaveLength(3000)
    expect(lines.filter((line) => /^waits_seconds_bucket\{.*le="\+Inf"\} 1$/.test(line))).toHaveLength(3000)
  })
})
