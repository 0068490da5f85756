import { readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DEFAULT_CONFIG } from '../../src/config/index.ts'
import { Poller } from '../../src/period/index.ts'
import type { Family } from '../../src/prometheus/index.ts'
import { depthSource } from '../support/depth.ts'
import { newFolder } from '../support/folder.ts'
import { keptLog } from '../support/log.ts'
import { run, serve } from '../support/serve.ts'
import { tree } from '../support/tree.ts'
import { until } from '../support/until.ts'
import { answer, bulkServer } from './bulkserver.ts'
import { all, depths, file, shipping, to } from './shipped.ts'
import { receiver } from './stores.ts'
import { QUICK } from './support.ts'

const PROMETHEUS = { accept: 'text/plain;version=0.0.4' }

/** What a process flushes itself. */
const FLUSHED: Family = { name: 'orders', type: 'counter', help: '', points: [{ value: 7 }] }

describe('shipping', () => {
  it('ships each sample once to each recorder, from the first on, however often they meet', async () => {
    const [one, two] = [await bulkServer(), await bulkServer()]
    const { apply, connected } = shipping()
    const [a, b] = [connected('a'), connected('b')]
    await apply({
      recorders: { one: to(one), again: to(one), two: to(two) },
      routes: {
        r1: { readers: ['a'], recorders: ['one', 'two', 'one'] },
        r2: { readers: ['a', 'b'], recorders: ['one', 'again'] },
        r3: { readers: ['a'], recorders: ['again'] },
      },
    })
    for (let i = 0; i < 4; i++) for (const poller of [a, b]) await poller.poll()
    await until(() => one.stored.size === 8 && two.stored.size === 4)
    await sleep(30)
    expect(depths(one, 'a')).toEqual([0, 1, 2, 3])
    expect(depths(one, 'b')).toEqual([0, 1, 2, 3])
    expect(depths(two)).toEqual([0, 1, 2, 3])
    expect(JSON.parse([...two.stored.values()][0]!.text)).toEqual({
      '@timestamp': expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      reader: 'a',
      type_name: 'a',
      'host.name': hostname(),
      timestamp: expect.any(Number),
      depth: 0,
    })
  })

  it("asks a source for documents of its own, and names its reader's type", async () => {
    const server = await bulkServer()
    const { shipping: shipped, apply } = shipping()
    const source = {
      ...depthSource(() => 7, 'a'),
      documents: ({ depth }: { depth: number }) => [{ x: depth }, { x: 2n ** 60n, list: [1, 2] }],
    }
    const poller = new Poller(source, { dir: null })
    onTestFinished(() => poller.stop())
    shipped.connect(poller, { type: 'expvar', typeName: 'my_app1' })
    await apply({ recorders: { one: to(server) }, routes: all('one') })
    await poller.poll()
    await until(() => server.stored.size === 2)
    const texts = [...server.stored.values()].map(({ text }) => text.replace(/^[^Z]*Z",/, ''))
    expect(texts).toEqual([
      '"reader":"a","type_name":"my_app1","x":7}',
      '"reader":"a","type_name":"my_app1","x":1152921504606846976,"list":[1,2]}',
    ])
  })

  it('refuses routes to what is not there, and then changes nothing', async () => {
    const server = await bulkServer()
    const { shipping: shipped, apply, connected } = shipping()
    const a = connected()
    await apply({ recorders: { one: to(server) }, routes: all('one') })
    await expect(apply({ recorders: { one: to(server) }, routes: all('one', 'none') })).rejects.toThrow(
      'cannot ship by route r: there is no recorder "none"',
    )
    const nobody = { r: { readers: ['nobody'], recorders: ['one'] } }
    await expect(apply({ recorders: { one: to(server) }, routes: nobody })).rejects.toThrow(
      'there is no reader "nobody"',
    )
    const spoolless = { one: to(server), two: to(await bulkServer(), { spool: '/proc/nowhere' }) }
    await expect(apply({ recorders: spoolless, routes: all('one', 'two') })).rejects.toMatchObject({
      code: 'unavailable',
    })
    expect(shipped.status().map(({ name }) => name)).toEqual(['one'])
    await a.poll()
    await until(() => server.stored.size === 1)
  })
})

describe('a sample of what ships itself', () => {
  it('is shipped as long as it does not, and not while it does', async () => {
    const server = await bulkServer()
    const { shipping: shipped, apply, connected } = shipping()
    let itself = false
    const a = connected('a', () => itself)
    await apply({ recorders: { one: to(server) }, routes: all('one') })
    await a.poll()
    itself = true
    await a.poll()
    await shipped.flush('a', [FLUSHED], { task_num: '3' }, [], new AbortController().signal)
    await until(() => server.stored.size === 2)
    itself = false
    await a.poll()
    await until(() => server.stored.size === 3)
    expect(depths(server)).toEqual([0, undefined, 2])
  })
})

describe('a running treering', () => {
  it('ships every sample, the first and the last one too', async () => {
    const path = join(newFolder(), 'out.ndjson')
    const source = depthSource(() => 1, 'queue')
    const running = await tree(
      {
        recorders: { out: { ...file(path), queue: {} } },
        routes: { r: { readers: ['queue'], recorders: ['out'] } },
      },
      { sources: [{ ...source, intervalMs: 100 }] },
    )
    await sleep(1500)
    await running.close()
    const { last_sample, polls, failures } = running.pollers[0]!.status()
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
    expect(failures).toBe(0)
    expect(lines).toHaveLength(polls)
    expect(Date.parse(JSON.parse(lines.at(-1)!)['@timestamp'])).toBe(Math.round(last_sample! * 1000))
  })

  it('tells of its recorders in /health and to Prometheus', async () => {
    const [well, ill] = [await bulkServer(), await bulkServer()]
    ill.act = (_, response) => answer(response, 503, {})
    const running = await tree(
      {
        recorders: { well: to(well), ill: to(ill, { backoff: 1 }) },
        routes: { r: { readers: ['queue'], recorders: ['well', 'ill'] } },
      },
      { sources: [depthSource(() => 1, 'queue')] },
    )
    const health = async () => {
      const told = await (await fetch(`${running.url}/health`)).json()
      return told as { recorders: { shipped: number; gone: boolean }[] }
    }
    await until(async () => (await health()).recorders[0]!.shipped > 0 && (await health()).recorders[1]!.gone)
    expect(await health()).toMatchObject({
      status: 'degraded',
      recorders: [
        {
          name: 'well',
          destination: `elasticsearch ${well.url.slice(7)}/tree`,
          last_error: null,
          gone: false,
        },
        { name: 'ill', shipped: 0, queued: expect.any(Number), last_error: '503 no reason given' },
      ],
    })
    const text = await (await fetch(`${running.url}/metrics`, { headers: PROMETHEUS })).text()
    expect(text).toContain('# TYPE treering_recorder_shipped_total counter')
    expect(text).toMatch(/^treering_recorder_shipped_total\{recorder="well"\} [1-9]/m)
    expect(text).toMatch(/^treering_recorder_gone\{recorder="ill"\} 1$/m)
    expect(text).toMatch(/^treering_recorder_queued\{recorder="ill"\} [1-9]/m)
  })

  it('takes up other recorders and routes without losing a sample', async () => {
    const [before, after] = [await bulkServer(), await bulkServer()]
    before.act = (_, response) => answer(response, 503, {})
    const config = { ...DEFAULT_CONFIG, readers: {}, dataDir: newFolder() }
    const routes = { r: { readers: ['queue'], recorders: ['one'] } }
    let count = 0
    const source = { ...depthSource(() => count++, 'queue'), intervalMs: 100 }
    const running = await tree({ ...config, recorders: { one: to(before) }, routes }, { sources: [source] })
    await until(() => before.asked.length > 3)
    await running.apply({ ...config, recorders: { one: to(after) }, routes })
    await until(() => after.stored.size > 20)
    await expect(running.apply({ ...config, recorders: {}, routes })).rejects.toThrow(
      'there is no recorder "one"',
    )
    const { size } = after.stored
    await until(() => after.stored.size > size + 5)
    await running.close()
    expect(depths(after)).toEqual(Array.from({ length: count }, (_, i) => i))
  })

  it('that refuses a configuration for one of its readers loses nothing that waits', async () => {
    const server = await bulkServer()
    server.act = (_, response) => answer(response, 503, {})
    const log = keptLog()
    const config = { ...DEFAULT_CONFIG, readers: {}, dataDir: newFolder(), recorders: { one: to(server) } }
    const routes = { r: { readers: ['queue'], recorders: ['one'] } }
    let count = 0
    const source = { ...depthSource(() => count++, 'queue'), intervalMs: 100 }
    const running = await tree({ ...config, routes }, { sources: [source], log })
    const [poller] = running.pollers
    const queued = async () => {
      const told = await (await fetch(`${running.url}/health`)).json()
      const { recorders } = told as { recorders: { queued: number }[] }
      return recorders[0]!.queued
    }
    await until(async () => (await queued()) >= 5)
    const app = { type: 'expvar', endpoint: 'https://127.0.0.1:1', ca: '/none.pem' } as const
    const dropped = { ...config, recorders: {}, routes: {}, readers: { app } }
    await expect(running.apply(dropped)).rejects.toThrow('cannot read ca file /none.pem')
    expect(running.pollers).toEqual([poller])
    expect(await queued()).toBeGreaterThanOrEqual(5)
    server.act = () => false
    await until(() => server.stored.size > 10)
    await running.close()
    expect(depths(server)).toEqual(Array.from({ length: count }, (_, i) => i))
    expect(log.said.filter(({ message }) => message.includes('lost'))).toEqual([])
  })

  it('tells stores its version', async () => {
    const { url, received } = await receiver({ status: 200 })
    await tree({
      recorders: {
        otlp: { type: 'otlp', options: { endpoint: url, encoding: 'json' }, queue: QUICK },
        prom: { type: 'prometheus_remote_write', options: { endpoint: url }, queue: QUICK },
      },
      readers: { me: { type: 'self', intervalMs: 100 } },
      routes: { r: { readers: ['me'], recorders: ['otlp', 'prom'] } },
    })
    const of = (path: string) => received.find((request) => request.path === path)
    await until(() => of('/v1/metrics') !== undefined && of('/api/v1/write') !== undefined)
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    for (const path of ['/v1/metrics', '/api/v1/write'])
      expect(of(path)!.headers['user-agent']).toBe(`treering/${version}`)
    const { scopeMetrics } = JSON.parse(of('/v1/metrics')!.body.toString()).resourceMetrics[0]
    expect(scopeMetrics[0].scope).toEqual({ name: 'treering', version })
  })

  it("names the machine in its documents, but for those of another process's variables", async () => {
    const vars = await receiver({ status: 200, body: '{"depth":1,"host":{"name":"theirs"}}' })
    const [plain, named] = [join(newFolder(), 'plain.ndjson'), join(newFolder(), 'named.ndjson')]
    const running = await tree({
      readers: { app: { type: 'expvar', endpoint: vars.url }, me: { type: 'self' } },
      recorders: {
        plain: file(plain),
        named: {
          type: 'file',
          options: { path: named, fields: { 'host.name': 'ours', zone: 'a', list: '' } },
        },
      },
      routes: { r: { readers: ['app', 'me'], recorders: ['plain', 'named'] } },
    })
    await running.close()
    const hosts = (path: string) =>
      Object.fromEntries(
        readFileSync(path, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
          .map((document) => [document.reader, [document['host.name'], document.zone]]),
      )
    expect(hosts(plain)).toEqual({ app: ['theirs', undefined], me: [hostname(), undefined] })
    expect(hosts(named)).toEqual({ app: ['ours', 'a'], me: ['ours', 'a'] })
  })

  it('says what its configuration probably does not mean', async () => {
    const log = keptLog()
    const path = join(newFolder(), 'out.ndjson')
    await tree({ recorders: { out: file(path) } }, { log })
    expect(log.said.map(({ message }) => message)).toContain(
      'recorders.out: it is in no route: nothing is shipped to it',
    )
  })
})

describe('the command', () => {
  const written = (text: string) => {
    const path = join(newFolder(), 'treering.yml')
    writeFileSync(path, text)
    return path
  }

  it('check tells warnings, and accepts the file', async () => {
    const path = written('recorders: { out: { type: file, path: out.ndjson } }\n')
    expect(await run(['check', path])).toMatchObject({
      code: 0,
      out: `${path}: ok\n`,
      err: `warning: ${path}:1: recorders.out: it is in no route: nothing is shipped to it\n`,
    })
  })

  it('serve that is told to stop while the store is away leaves on disk what waits, and ships it after the next start', async () => {
    const server = await bulkServer()
    server.act = (_, response) => answer(response, 503, {})
    const path = written(
      [
        'readers: { system_info: { sensors: false } }',
        'recorders:',
        `  one: { type: elasticsearch, endpoint: "${server.url}", index_name: tree, spool: ./spool, batch_wait: 50ms }`,
        'routes:',
        '  r: { readers: system_info, recorders: one }',
      ].join('\n'),
    )
    const first = await serve(['--config', path, '--data', newFolder()])
    await until(() => server.asked.length > 2)
    first.process.kill('SIGTERM')
    expect((await first.ended).code).toBe(0)
    expect(first.said.err).toContain('documents wait on disk for the next start')
    const [, waiting] = /"documents":(\d+),"folder"/.exec(first.said.err)!
    server.act = () => false
    const second = await serve(['--config', path, '--data', newFolder()])
    await until(() => server.stored.size > Number(waiting))
    second.process.kill('SIGTERM')
    expect((await second.ended).code).toBe(0)
  })

  it('serve that refuses a changed file keeps its level of the log', async () => {
    const path = written('settings: { log_level: warn }\nreaders: { system_info: false }\n')
    const running = await serve(['--config', path, '--data', newFolder()])
    const app = '{ type: expvar, endpoint: "https://127.0.0.1:1", ca: none.pem }'
    writeFileSync(path, `settings: { log_level: debug }\nreaders: { app: ${app} }\n`)
    await until(() => running.said.err.includes('configuration not taken up'))
    running.process.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
    expect(running.said.err).toContain(
      `readers.app.ca: cannot read ${join(dirname(path), 'none.pem')}: ENOENT`,
    )
    expect(running.said.err).not.toContain('"level":"info"')
  })

  it('serve refuses a spool that another one ships from', async () => {
    const path = written(
      'recorders: { out: { type: file, path: out.ndjson, spool: ./spool } }\nroutes: { r: { readers: process, recorders: out } }\n',
    )
    const first = await serve(['--config', path, '--data', newFolder()])
    const second = await run(['serve', '--config', path, '--data', newFolder(), '--listen', '127.0.0.1:0'])
    expect(second).toMatchObject({ code: 1, err: expect.stringContaining('cannot use spool') })
    expect(second.err).toContain('spool/out: another treering is using it')
    first.process.kill('SIGTERM')
    expect((await first.ended).code).toBe(0)
  })
})
