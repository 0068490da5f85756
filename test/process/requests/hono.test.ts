import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import { Context, Hono, type MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { routePath } from 'hono/route'
import { LinearRouter } from 'hono/router/linear-router'
import { PatternRouter } from 'hono/router/pattern-router'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { TrieRouter } from 'hono/router/trie-router'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createRegistry, meterHono, meterServer, type Registry } from '../../../src/process/index.ts'
import { listening } from '../../support/listening.ts'
import { giveUp, recorded } from './support.ts'

function appOf(registry: Registry): Hono {
  const app = new Hono()
  app.use(meterHono(registry))
  app.get('/users/:id', (c) => c.text('hellö'))
  app.post('/echo', async (c) => c.body(await c.req.arrayBuffer()))
  app.post('/ignored', (c) => c.json({ ignored: true }))
  app.get('/empty', (c) => c.body(null, 204))
  app.get('/bytes', () => new Response(new Uint8Array(1000)))
  app.get('/lie', () => new Response('four', { headers: { 'content-length': '4', 'x-length': '999' } }))
  app.get('/throws', () => {
    throw new Error('broken')
  })
  app.get('/refuses', () => {
    throw new HTTPException(403, { message: 'no' })
  })
  app.get('/slow', async (c) => {
    await sleep(300)
    return c.text('late')
  })
  app.get('/stream', () => new Response(pieces(5, 20)))
  app.get('/endless', () => new Response(pieces(1000, 20)))
  app.onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.text('failed', 500)))
  return app
}

/** So many pieces of 100 bytes, one every few milliseconds. */
function pieces(count: number, everyMs: number): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream({
    async pull(controller) {
      await sleep(everyMs)
      if (sent++ < count) controller.enqueue(new Uint8Array(100))
      else controller.close()
    },
  })
}

/** Three ways in which an app is asked. */
const WAYS: Record<
  string,
  (app: Hono, registry: Registry) => Promise<(path: string, init?: RequestInit) => Promise<Response>>
> = {
  'by app.request': async (app) => async (path, init) => app.request(path, init),
  'on a server of Node': async (app) => {
    const { url } = await listening(
      createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server,
    )
    return (path, init) => fetch(url + path, init)
  },
  'on a server that counts': async (app, registry) => {
    const serverOptions = meterServer(registry)
    const server = createAdaptorServer({
      fetch: app.fetch,
      serverOptions,
      overrideGlobalObjects: false,
    }) as Server
    const { url } = await listening(server)
    return (path, init) => fetch(url + path, init)
  },
}

describe.each(Object.entries(WAYS))('a Hono app, asked %s,', (way, start) => {
  const cases: [what: string, path: string, init: RequestInit, row: object][] = [
    ['a text', '/users/42', {}, { name: '/users/:id', status: 200, received: 0, sent: 6 }],
    [
      'a body given back',
      '/echo',
      { method: 'POST', body: 'x'.repeat(5000) },
      { name: '/echo', received: 5000, sent: 5000 },
    ],
    ['no answer', '/empty', {}, { name: '/empty', status: 204, sent: 0 }],
    ['bytes', '/bytes', {}, { name: '/bytes', sent: 1000 }],
    ['a header that tells of other bytes', '/lie', {}, { name: '/lie', sent: 4 }],
    ['a HEAD', '/bytes', { method: 'HEAD' }, { name: '/bytes', status: 200, sent: 0 }],
    ['a handler that throws', '/throws', {}, { name: '/throws', status: 500, sent: 6 }],
    ['a handler that refuses', '/refuses', {}, { name: '/refuses', status: 403, sent: 2 }],
    ['a path without a route', '/no/such/path', {}, { name: '/*', status: 404 }],
    ['a robot', '/users/1', { headers: { 'user-agent': 'kube-probe/1' } }, { is_robot: true }],
    ['a stream', '/stream', {}, { name: '/stream', status: 200, sent: 500 }],
  ]
  it.each(cases)('records %s', async (_, path, init, row) => {
    const registry = createRegistry()
    const ask = await start(appOf(registry), registry)
    await (await ask(path, init)).arrayBuffer()
    expect(await recorded(registry, 1)).toMatchObject([{ times: 1, is_robot: false, ...row }])
  })

  it('tells the route of the handler that answers, whatever else matches before and after it', async () => {
    const registry = createRegistry()
    const app = new Hono().use(meterHono(registry))
    const pass: MiddlewareHandler = (_, next) => next()
    app.use('/users/*', pass)
    app.get('/users/:id', (c) => c.text('one'))
    app.use('/users/*', pass)
    app.get('/guarded/*', (c, next) => (c.req.query('in') === undefined ? c.text('no', 401) : next()))
    app.get('/guarded/:id', (c) => c.text('in'))
    app.get('/passed/:id', pass)
    app.get('/throws/:id', () => {
      throw new Error('broken')
    })
    app.route(
      '/api',
      new Hono()
        .get('/things/:id', (c) => c.text('thing'))
        .all('*', (c) => c.text('none', 404))
        .onError((_, c) => c.text('sub', 500)),
    )
    app.get('*', (c) => c.text('all'))
    app.onError((_, c) => c.text('failed', 500))
    const ask = await start(app, registry)
    for (const path of [
      '/users/1',
      '/guarded/1',
      '/guarded/1?in',
      '/passed/1',
      '/throws/1',
      '/api/things/1',
      '/api/nothing',
      '/else',
    ])
      await (await ask(path)).text()
    const rows = (await recorded(registry, 8)) as { name: string; status: number; times: number }[]
    expect(rows.map(({ name, status, times }) => `${name} ${status} ${times}`).sort()).toEqual([
      '/* 200 2',
      '/api/* 404 1',
      '/api/things/:id 200 1',
      '/guarded/* 401 1',
      '/guarded/:id 200 1',
      '/throws/:id 500 1',
      '/users/:id 200 1',
    ])
  })

  it('records how long answers took, to their end', async () => {
    const registry = createRegistry()
    const ask = await start(appOf(registry), registry)
    for (const path of ['/slow', '/stream']) await (await ask(path)).text()
    await recorded(registry, 2)
    const durations = registry.table().filter(({ name }) => name === 'http/server_durations')
    const [slow, stream] = durations.map(({ value }) => (value as { sum: number }).sum)
    expect(slow).toBeGreaterThan(290)
    expect(stream).toBeGreaterThan(way === 'by app.request' ? 80 : 95)
    expect(slow! + stream!).toBeLessThan(10_000)
  })

  it('records nothing while the registry is off, and answers all the same', async () => {
    const registry = createRegistry()
    const ask = await start(appOf(registry), registry)
    registry.setEnabled(false)
    expect((await ask('/users/1')).status).toBe(200)
    registry.setEnabled(true)
    await (await ask('/bytes')).arrayBuffer()
    expect(await recorded(registry, 1)).toMatchObject([{ name: '/bytes', times: 1 }])
  })

  it('is answered as without it', async () => {
    const registry = createRegistry()
    const ask = await start(appOf(registry), registry)
    const answer = await ask('/stream')
    expect([answer.status, (await answer.arrayBuffer()).byteLength]).toEqual([200, 500])
    expect(await (await ask('/ignored', { method: 'POST', body: 'abc' })).json()).toEqual({ ignored: true })
  })
})

describe.each(['on a server of Node', 'on a server that counts'])('a Hono app %s', (way) => {
  it('tells requests apart that their clients gave up, before or in the middle of the answer', async () => {
    const registry = createRegistry()
    const ask = await WAYS[way]!(appOf(registry), registry)
    const { url } = await ask('/empty')
    await giveUp(new URL(url).origin, '/slow', false)
    await giveUp(new URL(url).origin, '/endless', true)
    const rows = (await recorded(registry, 3)) as { sent: number }[]
    expect(rows).toMatchObject([
      { name: '/empty' },
      { name: '/endless', status: 499, times: 1 },
      { name: '/slow', status: 499, times: 1 },
    ])
    expect(rows[1]!.sent).toBeGreaterThanOrEqual(100)
    expect(rows[1]!.sent).toBeLessThan(100_000)
  })

  it('counts each of many requests on kept connections once', async () => {
    const registry = createRegistry()
    const ask = await WAYS[way]!(appOf(registry), registry)
    await Promise.all(Array.from({ length: 200 }, async (_, i) => (await ask(`/users/${i}`)).text()))
    expect(await recorded(registry, 200)).toMatchObject([{ name: '/users/:id', times: 200, sent: 1200 }])
  })
})

describe('a Hono app without a server', () => {
  it('tells a request apart whose signal was aborted, and a stream that nobody read to its end', async () => {
    const registry = createRegistry()
    const app = appOf(registry)
    const abort = new AbortController()
    const answer = app.request('/slow', { signal: abort.signal })
    abort.abort()
    await (await answer).text()
    const stream = (await app.request('/endless')).body!.getReader()
    await stream.read()
    await stream.cancel()
    expect(await recorded(registry, 2)).toMatchObject([
      { name: '/endless', status: 499, sent: 100 },
      { name: '/slow', status: 499 },
    ])
  })

  it('counts what is thrown that is no error, and throws it on', async () => {
    const registry = createRegistry()
    const app = new Hono()
    app.use(meterHono(registry))
    app.get('/odd', () => {
      throw 'a text'
    })
    await expect(async () => app.request('/odd')).rejects.toBe('a text')
    expect(await recorded(registry, 1)).toMatchObject([{ name: '/odd', status: 500 }])
  })

  it('mounted in another counts a request once, under its whole pattern', async () => {
    const registry = createRegistry()
    const app = new Hono().use(meterHono(registry))
    app.route(
      '/api',
      new Hono().get('/users/:id', (c) => c.text('ok')),
    )
    await (await app.request('/api/users/7')).text()
    expect(await recorded(registry, 1)).toMatchObject([{ name: '/api/users/:id', times: 1 }])
  })
})

describe('a middleware that puts another request in the place of the one that came', () => {
  it('changes nothing of who asked, and whether they gave up', async () => {
    const registry = createRegistry()
    const app = new Hono().use(meterHono(registry))
    app.use((c, next) => {
      const headers = { 'user-agent': 'kube-probe/1' }
      c.req.raw = new Request(c.req.raw.url, { headers, signal: AbortSignal.abort() })
      return next()
    })
    app.get('/users/:id', (c) => c.text('ok'))
    await (await app.request('/users/1')).text()
    expect(await recorded(registry, 1)).toMatchObject([{ status: 200, is_robot: false }])
  })
})

describe('the route of a request', () => {
  it('is none where the middleware is called without a router', async () => {
    const registry = createRegistry()
    const c = new Context(new Request('http://localhost/users/1'))
    await meterHono(registry)(c, async () => {
      c.res = c.text('ok')
    })
    expect(await recorded(registry, 1)).toMatchObject([{ name: '*', status: 200 }])
  })

  it.each(Object.entries({ RegExpRouter, TrieRouter, LinearRouter, PatternRouter }))(
    'is the one that Hono names, with its %s',
    async (_, Router) => {
      const registry = createRegistry()
      const app = new Hono({ router: new Router() }).use(meterHono(registry))
      const named: string[] = []
      app.use(async (c, next) => {
        await next()
        named.push(routePath(c))
      })
      app.get('/users/:id', (c) => c.text('one'))
      app.get('/files/*', (c) => c.text('file'))
      for (const path of ['/users/1', '/files/a/b', '/none']) await app.request(path)
      expect(named).toEqual(['/users/:id', '/files/*', '/*'])
      const rows = (await recorded(registry, 3)) as { name: string }[]
      expect(rows.map(({ name }) => name).sort()).toEqual([...named].sort())
    },
  )
})

describe('an app of another copy of Hono', () => {
  it('is recorded as one of this copy', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'treering-hono-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    cpSync(new URL('../../../node_modules/hono/dist', import.meta.url), folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const { Hono: Other } = (await import(join(folder, 'index.js'))) as { Hono: typeof Hono }
    const registry = createRegistry()
    const metered = meterHono(registry)
    for (const Each of [Hono, Other, Hono]) {
      const app = new Each().use(metered).get('/users/:id', (c) => c.text('ok'))
      expect(await (await app.request('/users/1')).text()).toBe('ok')
    }
    expect(await recorded(registry, 3)).toMatchObject([{ name: '/users/:id', times: 3 }])
  })
})

// Last in this file: it replaces Response for good.
describe("a Hono app where the server's own Response took the place of Node's", () => {
  it('is recorded all the same', async () => {
    const registry = createRegistry()
    const before = appOf(registry)
    const { url } = await listening(createAdaptorServer({ fetch: before.fetch }) as Server)
    const app = appOf(registry)
    for (const each of [before, app]) {
      expect(await (await each.request('/users/1')).text()).toBe('hellö')
      expect((await (await each.request('/stream')).arrayBuffer()).byteLength).toBe(500)
    }
    expect(await (await fetch(`${url}/users/1`)).text()).toBe('hellö')
    expect(await recorded(registry, 5)).toMatchObject([
      { name: '/stream', times: 2, sent: 1000 },
      { name: '/users/:id', times: 3, sent: 18 },
    ])
  })
})
