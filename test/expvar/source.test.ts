import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { SeriesRow } from '../../src/expvar/index.ts'
import { ratesOf } from '../../src/expvar/sample.ts'
import type { Query } from '../../src/period/index.ts'
import { exactJson } from '../../src/utils/index.ts'
import { TestClock } from '../support/clock.ts'
import { newFolder } from '../support/folder.ts'
import { answering } from '../support/listening.ts'
import { until } from '../support/until.ts'
import { poller, source, telling } from './support.ts'

const ask = (query: Partial<Query>): Query => ({
  period: '1h',
  stat: 'mean',
  limit: 0,
  offset: 0,
  keyword: '',
  params: {},
  ...query,
})

const DOCUMENT =
  '{"jobs":1,"memstats":{"Alloc":1048576,"LastGC":1795317167162505083,"Mallocs":10},"os":"linux","requests":{"ok":5}}'

describe('the source expvar', () => {
  it('reads a document into flat keys, exact to the last digit', async () => {
    const { url } = await telling(DOCUMENT)
    const sample = await source(url).read()
    expect(sample).toEqual({
      timestamp: expect.any(Number),
      values: {
        jobs: 1,
        'memstats.Alloc': 1048576,
        'memstats.LastGC': 1795317167162505083n,
        'memstats.Mallocs': 10,
        'requests.ok': 5,
      },
      rates: {},
      texts: { os: 'linux' },
      lists: {},
    })
    expect(exactJson(sample)).toContain('"memstats.LastGC":1795317167162505083,')
  })

  it('asks the endpoint behind its path, with its headers, over one connection', async () => {
    const asked: { url: string; authorization: string | undefined; port: number | undefined }[] = []
    const { url } = await answering((request, response) => {
      asked.push({
        url: request.url!,
        authorization: request.headers.authorization,
        port: request.socket.remotePort,
      })
      response.end('{"a":1}')
    })
    const reader = source(`${url.replace('//', '//me:s%20cret@')}/prefix/`, {
      routepath: 'vars?x=1',
      headers: { 'x-own': 'y' },
    })
    await reader.read()
    await reader.read()
    const authorization = `Basic ${Buffer.from('me:s cret').toString('base64')}`
    expect(asked.map(({ url: path, authorization: sent }) => [path, sent])).toEqual([
      ['/prefix/vars?x=1', authorization],
      ['/prefix/vars?x=1', authorization],
    ])
    expect(asked[0]!.port).toBe(asked[1]!.port)
    const token = source(url, { headers: { authorization: 'Bearer abc' } })
    await token.read()
    expect(asked[2]).toMatchObject({ url: '/debug/vars', authorization: 'Bearer abc' })
  })

  it('gives growth per second, none where a number fell or is new, or time broke', async () => {
    const { told, url } = await telling('{"grows":9007199254740993,"falls":5}')
    const reader = source(url)
    const first = await reader.read()
    expect(first.rates).toEqual({})
    told.body = '{"grows":9007199254741993,"falls":4,"new":7}'
    await sleep(100)
    const second = await reader.read(first)
    expect(Object.keys(second.rates)).toEqual(['grows'])
    expect(second.rates.grows).toBeGreaterThan(100)
    expect(second.rates.grows).toBeLessThanOrEqual(10_100)
    // After a break in time the sample before is not given.
    expect((await reader.read()).rates).toEqual({})
    expect(ratesOf({ a: 2 ** 53, b: 1.5, c: 1 }, { a: 2n ** 53n - 2n, b: 1, c: 1 }, 2)).toEqual({
      a: 1,
      b: 0.25,
      c: 0,
    })
    expect(ratesOf({ constructor: 1 }, {}, 1)).toEqual({})
  })

  it('keeps of each number count, mean, least and greatest', async () => {
    const { told, url } = await telling('{"depth":1,"constructor":1,"__proto__":2}')
    const clock = new TestClock()
    const polled = poller(source(url), { clock })
    for (const depth of [1, 2, 6]) {
      told.body = `{"depth":${depth},"constructor":1,"__proto__":2}`
      await polled.poll()
      clock.pass(1000)
    }
    const points = (stat: Query['stat']) => polled.query(ask({ aggregate: 'depth', stat })).data
    const timestamp = clock.ms / 1000 - 1
    expect(points('mean')).toEqual([{ key: 'depth', points: [{ timestamp, value: 3 }] }])
    expect(points('min')).toEqual([{ key: 'depth', points: [{ timestamp, value: 1 }] }])
    expect(points('max')).toEqual([{ key: 'depth', points: [{ timestamp, value: 6 }] }])
    for (const key of ['constructor', '__proto__'])
      expect(polled.query(ask({ aggregate: key }))).toMatchObject({ total: 1, data: [{ key }] })
  })

  it('answers keys, globs, rates and lists of keys, cut and filtered', async () => {
    const { told, url } = await telling(DOCUMENT)
    const polled = poller(source(url))
    await polled.poll()
    told.body = DOCUMENT.replace('"Mallocs":10', '"Mallocs":30')
    await sleep(20)
    await polled.poll()
    const keys = (query: Partial<Query>) =>
      (polled.query(ask(query)).data as { key: string }[]).map(({ key }) => key)
    expect(keys({ aggregate: 'memstats.*' })).toEqual([
      'memstats.Alloc',
      'memstats.LastGC',
      'memstats.Mallocs',
    ])
    expect(keys({ aggregate: '*', keyword: 'oc', limit: 1, offset: 1 })).toEqual(['memstats.Mallocs'])
    const rates = polled.query(ask({ aggregate: 'memstats.M*', params: { rate: 'true' } })).data
    expect(rates).toEqual([
      { key: 'memstats.Mallocs', points: [{ timestamp: expect.any(Number), rate: expect.any(Number) }] },
    ])
    const listed = (query: Partial<Query>) => polled.query(ask({ ...query, params: { keys: 'true' } }))
    expect(listed({})).toEqual({
      total: 5,
      data: ['jobs', 'memstats.Alloc', 'memstats.LastGC', 'memstats.Mallocs', 'requests.ok'],
    })
    expect(listed({ aggregate: 'memstats.*', limit: 1 })).toEqual({ total: 3, data: ['memstats.Alloc'] })
  })

  it('names keys when an aggregate is missing or unknown, and what a parameter may be', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 25 }, (_, i) => [`k${String(i).padStart(2, '0')}`, i]),
    )
    const { url } = await telling(JSON.stringify(many))
    const polled = poller(source(url))
    // Without history there are no keys, and no row.
    expect(polled.query(ask({ aggregate: 'x' }))).toEqual({ total: 0, data: [] })
    await polled.poll()
    const some = 'allowed are keys and globs such as memstats.*: k00, k01, '
    expect(() => polled.query(ask({}))).toThrow(`an aggregate is missing: ${some}`)
    expect(() => polled.query(ask({ aggregate: 'x.*' }))).toThrow(
      /^invalid aggregate "x\.\*": .* k19 and 5 more, see keys=true$/,
    )
    expect(() => polled.query(ask({ aggregate: 'k00', params: { rate: 'yes' } }))).toThrow(
      'invalid rate "yes": allowed are true, false',
    )
  })

  it('goes on with its history after a restart, whatever of it was on disk', async () => {
    const dir = newFolder()
    const { told, url } = await telling('{"a":1,"big":9007199254740993}')
    const clock = new TestClock()
    const first = poller(source(url), { dir, clock })
    await first.poll()
    clock.pass(3000)
    await first.save()
    told.body = '{"a":3,"b":7}'
    await first.poll()
    // What was sampled since the save is in the journal alone.
    const journal = join(dir, 'app.journal')
    await until(() => existsSync(journal) && readFileSync(journal, 'utf8').includes('"b"'), 'it is written')
    const second = poller(source(url), { dir, clock })
    const value = (key: string, stat: Query['stat']) =>
      (second.query(ask({ aggregate: key, stat })).data as SeriesRow[])[0]!.points[0]!.value
    expect([value('a', 'mean'), value('a', 'max'), value('b', 'min'), value('big', 'min')]).toEqual([
      2, 3, 7, 9007199254740992,
    ])
    told.body = '{"a":8}'
    await second.poll()
    expect([value('a', 'mean'), value('b', 'max')]).toEqual([4, 7])
  })

  it('refuses to decode what is no entry, and passes over what in it is no number', () => {
    const reader = source('localhost:1')
    for (const json of [null, 'x', {}, { timestamp: 'now' }, { timestamp: null }])
      expect(() => reader.decode(json)).toThrow(/is no object with a timestamp/)
    const entry = reader.decode({
      timestamp: 5,
      value: { a: [1, 2, 2, 2], b: [0, 0, 0, 0], c: 'x' },
      rate: null,
    })
    expect(entry.stats.at(0)).toEqual([1, 2, 2, 2])
    expect(reader.encode(entry)).toEqual({ timestamp: 5, value: { a: [1, 2, 2, 2] } })
  })

  it('bounds the keys of a slot, and says so of a document', async () => {
    const { told, url } = await telling('{}')
    const polled = poller(source(url, { maxKeys: 2 }), { clock: new TestClock() })
    for (let i = 0; i < 5; i++) {
      told.body = `{"a${i}":1,"b${i}":2}`
      await polled.poll()
    }
    const { data } = polled.query(ask({ params: { keys: 'true' } }))
    expect(data).toEqual(['a0', 'a1', 'b0', 'b1'])
    const crowded = expect.stringMatching(/^its keys come and go: in a slot of history there is room for 4,/)
    expect(polled.status().faults).toEqual([crowded])
    told.body = '{"a0":1,"b1":2,"c":3}'
    await polled.poll()
    // Samples are folded when somebody asks, or when some have gathered.
    polled.query(ask({ params: { keys: 'true' } }))
    expect(polled.status().faults).toEqual([
      expect.stringMatching(/^1 field was left out: kept are 2 at most/),
    ])
  })

  it('answers 10,000 keys and those of one slot at most, those that were there last, where all are new each time', async () => {
    const clock = new TestClock()
    const { told, url } = await telling('{}')
    const polled = poller(source(url), { clock })
    for (let beat = 0; beat < 40; beat++) {
      told.body = JSON.stringify(
        Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${beat}.${i}`, i])),
      )
      clock.pass(1000)
      await polled.poll()
    }
    const asked = (aggregate: string) => polled.query(ask({ period: '5m', aggregate }))
    const { total, data } = asked('*')
    expect(total).toBe(11_000)
    const rows = data as SeriesRow[]
    expect(rows.every(({ key, points }) => points.length === 1 && key.endsWith(`.${points[0]!.value}`))).toBe(
      true,
    )
    expect(rows.filter(({ key }) => key.startsWith('39.'))).toHaveLength(500)
    expect(rows.some(({ key }) => key.startsWith('0.'))).toBe(false)
    expect(asked('0.1*').total).toBe(111)
    const found = polled.query(ask({ period: '5m', aggregate: '*', keyword: '0.499' })).data as SeriesRow[]
    expect(found.map(({ key }) => key)).toContain('0.499')
  })

  it('gives recorders one document, or none where nothing is to be shipped', async () => {
    const { told, url } = await telling(DOCUMENT)
    const reader = source(url)
    const [document] = reader.documents(await reader.read())
    expect(document).toEqual({
      jobs: 1,
      'memstats.Alloc': 1,
      'memstats.LastGC': 1795317167162505083n,
      'memstats.Mallocs': 10,
      os: 'linux',
      'requests.ok': 5,
    })
    told.body = '{"Alloc":"much"}'
    const sample = await reader.read()
    expect(sample.texts).toEqual({ Alloc: 'much' })
    expect(reader.documents(sample)).toEqual([])
  })
})
