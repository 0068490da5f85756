import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  CountersFiles,
  counterFileRoutes,
  countersJson,
  countersRoutes,
  createCounters,
  dumpCounters,
  openCounters,
  printScreen,
} from '../../src/counters/index.ts'
import { encode, FIXTURES, folder } from './support.ts'

describe('the endpoint of one file', () => {
  const app = counterFileRoutes(() => openCounters(join(FIXTURES, 'go-basic.dat')), 'go-basic.dat')
  const get = async (path: string) => {
    const answer = await app.request(path)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    return [answer.status, await answer.text()]
  }

  test('answers as the original does', async () => {
    expect(await get('/file')).toEqual([200, '"go-basic.dat"'])
    expect(await get('/version')).toEqual([200, '1'])
    expect(await get('/pid')).toEqual([200, '23557'])
    expect(await get('/started')).toEqual([200, '1795316691738'])
    expect(await get('/static/my.prop.2')).toEqual([200, '"value 2"'])
    expect(await get('/counter/1')).toEqual([200, '1'])
    expect(await get('/counter/negative')).toEqual([200, '-42'])
    expect(await get(`/counter/${encodeURIComponent('счётчик.запросов')}`)).toEqual([200, '7'])
    const [, statics] = await get('/statics')
    expect(JSON.parse(statics as string).statics[0]).toEqual({ label: 'my.prop.1', value: 'value 1' })
    const [, dump] = await get('/dump')
    expect(JSON.parse(dump as string)).toMatchObject({
      file: 'go-basic.dat',
      version: 1,
      pid: 23557,
      started: 1795316691738,
    })
  })

  test('gives every int64 digit for digit', async () => {
    expect(await get('/counter/max')).toEqual([200, '9223372036854775807'])
    expect((await get('/counters'))[1]).toContain('{"id":4,"label":"min","value":-9223372036854775808}')
    expect((await get('/dump'))[1]).toContain('"value":9223372036854775807}')
  })

  test('answers 404 for what the file does not have', async () => {
    for (const path of ['/counter/none', '/counter/999', `/counter/${'9'.repeat(400)}`, '/static/none']) {
      expect(await get(path)).toEqual([404, expect.stringMatching(/"code":"not_found"/)])
    }
  })
})

describe('the endpoint of one file that is followed', () => {
  test('answers again after the file was overwritten in place', async () => {
    const path = join(folder(), 'a.dat')
    writeFileSync(path, encode({ slots: [{ label: 'c', value: 1n }] }))
    const files = new CountersFiles({ files: [path] })
    onTestFinished(() => files.close())
    const app = counterFileRoutes(
      () => files.reader('a.dat'),
      path,
      () => files.drop('a.dat'),
    )
    expect(await (await app.request('/counter/c')).json()).toBe(1)
    writeFileSync(path, encode({ started: 2, slots: [{ label: 'c', value: 2n }] }), { flag: 'r+' })
    expect((await app.request('/counter/c')).status).toBe(500)
    expect(await (await app.request('/counter/c')).json()).toBe(2)
  })
})

describe('the endpoint of several files', () => {
  function serve() {
    const dir = folder()
    const files = new CountersFiles({ directory: dir })
    onTestFinished(() => files.close())
    const app = countersRoutes([{ name: 'counters', files }])
    return {
      dir,
      get: async (path: string) => [(await app.request(path)).status, await (await app.request(path)).json()],
    }
  }

  test('lists them, those that cannot be read with the reason', async () => {
    const { dir, get } = serve()
    using _writer = createCounters(join(dir, 'a.dat'), { capacity: 1 })
    writeFileSync(join(dir, 'bad.dat'), '')
    const files = [
      { name: 'a.dat', pid: process.pid, alive: true, error: null },
      { name: 'bad.dat', pid: null, alive: false, error: expect.stringMatching(/0 bytes/) },
    ]
    for (const path of ['/counters', '/counters/']) expect(await get(path)).toMatchObject([200, { files }])
    expect(await get('/counters/bad.dat/dump')).toMatchObject([500, { code: 'corrupt' }])
  })

  test('answers for each file as it is at that moment', async () => {
    const { dir, get } = serve()
    const path = join(dir, 'a.dat')
    expect(await get('/counters/a.dat/dump')).toMatchObject([404, { code: 'not_found' }])
    writeFileSync(path, encode({ slots: [{ label: 'c', value: 1n }] }))
    expect(await get('/counters/a.dat/counter/c')).toEqual([200, 1])
    rmSync(path)
    writeFileSync(path, encode({ slots: [{ label: 'd', value: 2n }] }))
    expect(await get('/counters/a.dat/counter/d')).toEqual([200, 2])
    truncateSync(path, 0)
    expect(await get('/counters/a.dat/counter/d')).toMatchObject([500, { code: 'corrupt' }])
    writeFileSync(path, encode({ slots: [{ label: 'e', value: 3n }] }))
    expect(await get('/counters/a.dat/counter/e')).toEqual([200, 3])
  })

  test('knows no file outside of its directory', async () => {
    const { get } = serve()
    for (const name of ['..%2f..%2fetc%2fpasswd', '%2fetc%2fpasswd', '..', '__proto__']) {
      expect((await get(`/counters/${name}/dump`).catch(() => [404]))[0]).toBe(404)
    }
  })
})

describe('the printer', () => {
  test('prints all of a file as one line of JSON', () => {
    using reader = openCounters(join(FIXTURES, 'java-basic.dat'))
    const json = countersJson(dumpCounters(reader, 'java-basic.dat'))
    expect(json).toContain('"value":9223372036854775807}')
    expect(JSON.parse(json).counters).toHaveLength(4)
  })

  test('prints rates against the dump before, none for a counter that is new', () => {
    using writer = createCounters(join(folder(), 'a.dat'), { capacity: 2 })
    using reader = openCounters(writer.path)
    const counter = writer.addCounter('c', 5n)
    const before = dumpCounters(reader, 'a')
    counter.add(5n)
    writer.addCounter('d')
    const lines = (text: string) => text.split('\n').slice(4)
    expect(lines(printScreen(dumpCounters(reader, 'a'), before, 2))).toEqual([
      'counter: c[1]=10 (2.5/s)',
      'counter: d[2]=0',
      '',
    ])
    expect(lines(printScreen(before))).toEqual(['counter: c[1]=5', ''])
  })

  test('escapes control characters for a screen, line feeds too', () => {
    using writer = createCounters(join(folder(), 'a.dat'), { capacity: 1, statics: { 'a\r': '\x9b1m' } })
    writer.addCounter('b\x1b[31m\ncounter: c[9]')
    using reader = openCounters(writer.path)
    expect(printScreen(dumpCounters(reader, 'a\n')).split('\n')).toEqual([
      'file: a\\x0a',
      'version: 1',
      `pid: ${process.pid}`,
      expect.stringMatching(/^started: \d+$/),
      'static: a\\x0d=\\x9b1m',
      'counter: b\\x1b[31m\\x0acounter: c[9][1]=0',
      '',
    ])
  })
})
