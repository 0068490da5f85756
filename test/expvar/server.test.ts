import { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createVars, varsHandler, varsListener } from '../../src/expvar/index.ts'
import { answering } from '../support/listening.ts'
import { keptLog } from '../support/log.ts'
import { listen, tree } from '../support/tree.ts'
import { telling } from './support.ts'

function made() {
  const vars = createVars()
  onTestFinished(() => vars.close())
  vars.int('jobs').add(2n ** 62n)
  return vars
}

describe('GET /debug/vars', () => {
  it('tells the variables of treering itself, and what is published into them', async () => {
    const { url, vars } = await tree()
    vars.map('shipped').add('documents', 7)
    const answer = await fetch(`${url}/debug/vars`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'application/json; charset=utf-8',
    ])
    const text = await answer.text()
    expect(text).toContain('\n"shipped": {"documents": 7},\n')
    expect(JSON.parse(text)).toMatchObject({
      memstats: { EnableGC: true },
      node: {},
      cmdline: expect.any(Array),
    })
    expect(await (await fetch(`${url}/debug/vars?match=ship`)).text()).toBe(
      '{\n"shipped": {"documents": 7}\n}\n',
    )
    const api = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: object }
    expect(Object.keys(api.paths)).toContain('/debug/vars')
  })

  it('wants the token, as every route', async () => {
    const token = 'a-token-of-some-length'
    const { url } = await tree({ token })
    expect((await fetch(`${url}/debug/vars`)).status).toBe(401)
    const answer = await fetch(`${url}/debug/vars`, { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(200)
  })

  it('tells the variables of an embedding program, which closes them itself', async () => {
    const vars = made()
    const running = await tree({}, { vars })
    expect(running.vars).toBe(vars)
    expect(await (await fetch(`${running.url}/debug/vars?match=jobs`)).text()).toBe(
      '{\n"jobs": 4611686018427387904\n}\n',
    )
    await running.close()
    expect(vars.json('jobs')).toContain('4611686018427387904')
  })

  it('mounts in any Hono app, and in plain node:http', async () => {
    const vars = made()
    const app = new Hono().get('/own/vars', varsHandler(vars))
    const fromHono = await app.request('/own/vars?match=jobs')
    const { url } = await answering(varsListener(vars))
    const fromNode = await fetch(`${url}/any/path?x=1&match=jobs`)
    expect(await fromNode.text()).toBe(await fromHono.text())
    expect(fromNode.headers.get('content-type')).toBe(fromHono.headers.get('content-type'))
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, Number(head.headers.get('content-length')) > 1000, await head.text()]).toEqual([
      200,
      true,
      '',
    ])
    const post = await fetch(url, { method: 'POST', body: 'x' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })
})

describe('a configured reader', () => {
  it('has history, REST, WebSocket and Prometheus like everything else', async () => {
    const { url: endpoint } = await telling('{"memstats":{"Alloc":5,"Mallocs":1},"requests":{"ok":2}}')
    const { url } = await tree({ readers: { FirstApp: { type: 'expvar', endpoint, intervalMs: 100 } } })
    const json = async (path: string) => (await fetch(url + path)).json()
    expect(await json('/metrics/FirstApp')).toMatchObject({ values: { 'memstats.Alloc': 5 } })
    expect(await json('/metrics/FirstApp?period=1h&aggregate=memstats.Alloc')).toMatchObject({
      total: 1,
      data: [{ key: 'memstats.Alloc', points: [{ value: 5 }] }],
    })
    expect(await json('/metrics/FirstApp?period=5m&keys=true&keyword=ok')).toEqual({
      total: 1,
      data: ['requests.ok'],
    })
    const wrong = await fetch(`${url}/metrics/FirstApp?period=5m&aggregate=none`)
    expect(wrong.status).toBe(400)
    expect(await wrong.json()).toMatchObject({
      error:
        'invalid aggregate "none": allowed are keys and globs such as memstats.*: memstats.Alloc, memstats.Mallocs, requests.ok',
      code: 'invalid',
    })
    const heard = listen(`${url}/metrics/FirstApp?period=5m&aggregate=requests.*`)
    await heard.count(1)
    expect(JSON.parse(heard.messages[0]!.text)).toMatchObject({ total: 1, data: [{ key: 'requests.ok' }] })
    const { paths } = (await json('/openapi.json')) as {
      paths: Record<string, { get: { parameters: object[] } }>
    }
    const aggregate = paths['/metrics/FirstApp']!.get.parameters[1]
    expect(aggregate).toMatchObject({ name: 'aggregate', schema: { type: 'string', examples: ['*'] } })
    const text = await (
      await fetch(`${url}/metrics`, { headers: { accept: 'text/plain;version=0.0.4' } })
    ).text()
    expect(text).toContain('expvar_requests_ok{reader="FirstApp"} 2\n')
    const page = await (await fetch(url)).text()
    for (const [, path] of page.matchAll(/href="(\/metrics\/FirstApp[^"]*)"/g))
      expect((await fetch(url + path!.replaceAll('&amp;', '&'))).status).toBe(200)
  })

  it('that never answers keeps nobody else waiting', async () => {
    const { url: endpoint } = await answering(() => {})
    const began = performance.now()
    const { url } = await tree({ readers: { stuck: { type: 'expvar', endpoint, timeoutMs: 20_000 } } })
    expect((await fetch(`${url}/metrics/stuck`)).status).toBe(204)
    expect(performance.now() - began).toBeLessThan(10_000)
  })

  it('that is dead degrades the health, and is gone too long after its backoff', async () => {
    const log = keptLog()
    const { url, pollers } = await tree(
      { readers: { gone: { type: 'expvar', endpoint: '127.0.0.1:1', backoff: 1, logLevel: 'error' } } },
      { log },
    )
    await pollers[0]!.poll()
    await pollers[0]!.poll()
    const health = (await (await fetch(`${url}/health`)).json()) as {
      status: string
      pollers: { faults: string[] }[]
    }
    expect(health).toMatchObject({
      status: 'degraded',
      pollers: [{ last_error: expect.stringMatching(/connection refused/) }],
    })
    expect(health.pollers[0]!.faults).toEqual([expect.stringMatching(/^endpoint gone too long/)])
    expect(log.said.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'endpoint gone too long',
    ])
    await pollers[0]!.stop()
    // Its level is its poller's, too: a failed read is a warning.
    expect(log.said.filter(({ message }) => message.startsWith('cannot poll'))).toEqual([])
  })
})
