import { setTimeout as sleep } from 'node:timers/promises'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Poller, pollerHandler, type Query } from '../../src/period/index.ts'
import {
  AGGREGATE_NAMES,
  createProcessSource,
  createRegistry,
  meterHono,
  type ProcessSample,
  type ProcessSourceOptions,
  serverRequests,
} from '../../src/process/index.ts'
import { TestClock } from '../support/clock.ts'
import { newFolder } from '../support/folder.ts'
import { listen, tree } from '../support/tree.ts'

function open(options: ProcessSourceOptions = {}) {
  const registry = createRegistry()
  const source = createProcessSource({ registry, atRestMs: 0, ...options })
  onTestFinished(() => source.close())
  const read = (now: number, last?: ProcessSample) => source.collect(now, last)!
  const requests = serverRequests(source.registry)
  const record = (durationMs: number, status = 200) =>
    requests.record('/r', status, false, durationMs, 10, 100)
  return { source, read, record }
}

const query = (given: Partial<Query>): Query => ({
  ...{ period: '5m', stat: 'mean', limit: 0, offset: 0, keyword: '', params: {} },
  ...given,
})

describe('the requests of a process', () => {
  it('are rates per second, and how long they took', async () => {
    const { read, record } = open({ runtime: false })
    const first = read(1000, undefined)
    expect(first.requests).toEqual({
      ...{ total: 0, rate: null, error_rate: null, aborted_rate: null, error_percent: null },
      ...{ received_rate: null, sent_rate: null, latency: null, durations: null },
    })
    for (const ms of [1, 2, 3, 94]) record(ms)
    record(1, 503)
    record(1, 499)
    await sleep(50)
    const { requests } = read(2000, first)
    expect(requests.total).toBe(6)
    expect(requests.error_percent).toBeCloseTo(100 / 6, 2)
    expect(requests.error_rate! * 6).toBeCloseTo(requests.rate!, 0)
    expect(requests.aborted_rate).toBe(requests.error_rate)
    expect(requests.sent_rate! / requests.received_rate!).toBeCloseTo(10, 1)
    expect(requests.latency).toMatchObject({ mean_ms: 17, max_ms: 94 })
    expect(requests.latency!.p50_ms).toBeGreaterThanOrEqual(1)
    expect(requests.latency!.p50_ms).toBeLessThan(2)
    expect(requests.latency!.p99_ms).toBeLessThanOrEqual(94)
    expect(requests.durations).toMatchObject({ count: 6, sum_ms: 102, max_ms: 94 })
  })

  it('are counted from the first reading on, and each once', () => {
    const { read, record } = open({ runtime: false })
    record(1)
    const first = read(1000, undefined)
    record(1)
    const second = read(2000, first)
    const third = read(3000, second)
    expect([first, second, third].map(({ requests }) => requests.total)).toEqual([0, 1, 1])
  })
})

describe('a process at rest', () => {
  it('is sampled every third second, and at the next beat when something happens', async () => {
    const { source, record } = open({ runtime: false, intervalMs: 100, atRestMs: 300 })
    let began = performance.now()
    let last = source.collect(0, undefined)
    let ended = performance.now()
    /** How long the sample before it was ago, at most where it was due and at least where it was not: a beat may be late. */
    const due: number[] = []
    const early: number[] = []
    const beat = async () => {
      await sleep(100)
      const beatBegan = performance.now()
      const sample = source.collect(last!.timestamp * 1000 + 100, last)
      if (sample === undefined) early.push(beatBegan - ended)
      else {
        due.push(performance.now() - began)
        began = beatBegan
        ended = performance.now()
      }
      last = sample ?? last
      return sample
    }
    for (let i = 0; i < 100 && (due.length < 2 || early.length < 2); i++) await beat()
    expect(Math.min(...due)).toBeGreaterThanOrEqual(250)
    expect(Math.max(...early)).toBeLessThan(250)
    record(5)
    expect((await beat())!.requests.latency).toMatchObject({ max_ms: 5 })
    // That it is over is told at once as well.
    expect((await beat())!.requests).toMatchObject({ rate: 0, latency: null })
    // After a break in time a sample comes at once.
    expect(source.collect(0, undefined)).toBeDefined()
  })

  it('is sampled while its event loop is busy', () => {
    const { source } = open({ atRestMs: 60_000 })
    const first = source.collect(1000, undefined)
    const until = performance.now() + 100
    while (performance.now() < until);
    return sleep(5).then(() => expect(source.collect(2000, first)).toBeDefined())
  })
})

describe('the history of a process', () => {
  const fold = (source: ReturnType<typeof open>['source'], samples: ProcessSample[]) =>
    samples.reduce<ReturnType<typeof source.reduce> | undefined>(
      (entry, sample) => source.reduce(entry, sample),
      undefined,
    )!

  it('has percentiles of all requests of a slot, and the least and greatest of its seconds', () => {
    const { source, read, record } = open({ runtime: false })
    let last = read(1000, undefined)
    const samples = [last]
    for (const seconds of [Array(900).fill(1), Array(99).fill(10), [1000]]) {
      for (const ms of seconds) record(ms)
      last = read(last.timestamp * 1000 + 1000, last)
      samples.push(last)
    }
    const entry = fold(source, samples)
    const stored = source.decode(JSON.parse(JSON.stringify(source.encode(entry))))
    for (const each of [entry, stored]) {
      const ask = (stat: Query['stat']) =>
        source.aggregate([each], query({ aggregate: 'request_latency', stat })).data
      const [mean] = ask('mean')
      expect(mean).toMatchObject({ timestamp: 4, mean_ms: 2.89, max_ms: 1000 })
      expect(mean!.p50_ms).toBeLessThan(1.6)
      expect(mean!.p99_ms).toBeGreaterThan(9)
      expect(mean!.p99_ms).toBeLessThan(16)
      expect(ask('max')).toMatchObject([{ timestamp: 4, mean_ms: 1000, p50_ms: 1000 }])
      expect(ask('min')).toMatchObject([{ timestamp: 4, mean_ms: 1 }])
    }
    expect(JSON.stringify(source.encode(stored))).toBe(JSON.stringify(source.encode(entry)))
  })

  it('has rows for every aggregate', async () => {
    const { source, read, record } = open()
    const first = read(1000, undefined)
    record(5, 500)
    const until = performance.now() + 60
    while (performance.now() < until);
    await sleep(10)
    const second = read(2000, first)
    await sleep(100)
    const entry = fold(source, [first, second, read(3000, second)])
    for (const aggregate of AGGREGATE_NAMES) {
      const { total, data } = source.aggregate([entry], query({ aggregate }))
      expect(total, aggregate).toBe(1)
      const [row] = data
      expect(row!.timestamp).toBe(3)
      expect(Object.keys(row!).length).toBeGreaterThan(1)
      expect(Object.values(row!).every(Number.isFinite), aggregate).toBe(true)
    }
  })

  it('gives rows of a slot without requests no latency, but a rate', () => {
    const { source, read } = open({ runtime: false })
    const first = read(1000, undefined)
    const entry = fold(source, [first, read(2000, first)])
    expect(source.aggregate([entry], query({ aggregate: 'request_latency' }))).toEqual({ total: 0, data: [] })
    expect(source.aggregate([entry], query({ aggregate: 'request_rate' })).data).toEqual([
      { timestamp: 2, request_rate: 0 },
    ])
    expect(source.aggregate([entry, entry], query({ aggregate: 'request_rate', limit: 1 }))).toMatchObject({
      total: 2,
      data: [{}],
    })
  })

  it.each(['', 'sum', 'constructor', '__proto__'])(
    'refuses aggregate %j and says which there are',
    (aggregate) => {
      const { source } = open({ runtime: false })
      expect(() => source.aggregate([], query({ aggregate }))).toThrow(
        /allowed are request_rate, request_latency/,
      )
    },
  )

  it('refuses what is no entry, and leaves out what of one is wrong', () => {
    const { source } = open({ runtime: false })
    for (const json of [null, 1, [], {}, { timestamp: 'x' }])
      expect(() => source.decode(json)).toThrow(expect.objectContaining({ code: 'corrupt' }))
    const durations = [
      null,
      1,
      {},
      { count: 1, sum_ms: 1, max_ms: 1, first: 0, counts: [2] },
      { count: 2, sum_ms: 1, max_ms: 1, first: -1, counts: [2] },
      { count: 1, sum_ms: 1, max_ms: 1, first: 500, counts: [1] },
    ]
    for (const each of durations) {
      const entry = source.decode({
        timestamp: 1,
        stats: { cpu: { user: [1, 2] }, heap: 5 },
        durations: each,
      })
      expect([entry.requests, entry.stats.of('cpu')]).toEqual([undefined, []])
    }
  })

  it('is there again after a restart, from the file and from the journal', async () => {
    const dir = newFolder()
    const clock = new TestClock()
    const rows = (poller: Poller<ProcessSample, never, object[]>) =>
      ['request_latency', 'request_rate', 'heap'].map((aggregate) => poller.query(query({ aggregate })))
    const first = open()
    const poller = new Poller(first.source, { dir, clock })
    poller.load()
    for (let i = 0; i < 5; i++) {
      first.record(3 + i)
      await poller.poll()
      clock.pass(1000)
      if (i === 2) await poller.save()
    }
    const before = rows(poller as never)
    await poller.stop()
    const second = new Poller(open().source, { dir, clock })
    second.load()
    expect(rows(second as never)).toEqual(before)
    await second.stop()
  })

  it('is served to requests and to sockets, and told as one flat document', async () => {
    const { source, record } = open({ name: 'shop', intervalMs: 100 })
    record(1)
    const { url, pollers } = await tree({}, { sources: [source] })
    record(5)
    await pollers[0]!.poll()
    const newest = (await (await fetch(`${url}/metrics/shop`)).json()) as ProcessSample
    expect(newest).toMatchObject({
      requests: { total: expect.any(Number) },
      memory: { rss: expect.any(Number) },
    })
    const heard = listen(`${url}/metrics/shop?period=5m&aggregate=cpu`)
    await heard.count(1)
    expect(JSON.parse(heard.messages[0]!.text)).toMatchObject({ data: expect.any(Array) })
    const [document] = source.documents(newest)
    expect(document).toMatchObject({
      'memory.rss': newest.memory!.rss,
      'requests.total': newest.requests.total,
    })
    expect(Object.keys(document!).some((key) => key.includes('durations'))).toBe(false)
    const text = await (
      await fetch(`${url}/metrics`, { headers: { accept: 'text/plain;version=0.0.4' } })
    ).text()
    expect(text).toContain('http_server_durations_seconds_count{status="200",name="/r",is_robot="false"} 2')
  })
})

describe('an app of one file', () => {
  it('has the latencies of its requests as history', async () => {
    const registry = createRegistry()
    const poller = new Poller(createProcessSource({ registry }), { dir: newFolder() })
    onTestFinished(() => poller.stop())
    await poller.poll()
    const app = new Hono().use(meterHono(registry))
    app.get('/', (c) => c.text('hello'))
    app.get('/metrics/process', pollerHandler(poller).handle)
    for (let i = 0; i < 10; i++) await (await app.request('/')).text()
    await poller.poll()
    const rows = await (await app.request('/metrics/process?period=5m&aggregate=request_latency')).json()
    expect(rows).toMatchObject({
      total: 1,
      data: [{ p50_ms: expect.any(Number), max_ms: expect.any(Number) }],
    })
  })
})

describe('readers of type process', () => {
  it('are configured with their interval, runtime stats and names', async () => {
    const { parseConfig } = await import('../../src/config/parse.ts')
    const parse = (text: string) => parseConfig(text, 'f.yaml', {}).readers
    expect(parse('readers: { process: true }').process).toMatchObject({ type: 'process' })
    expect(
      parse(
        'readers: { process: false, me: { type: process, interval: 5s, runtime_stats: false, go_names: true } }',
      ).me,
    ).toMatchObject({ type: 'process', intervalMs: 5000, runtime: false, goNames: true })
    expect(() => parse('readers: { process: { runtime: true } }')).toThrow(
      /unknown key runtime; allowed are .*runtime_stats/,
    )
    expect(() => parse('readers:\n  me: { type: process }\n')).toThrow(
      /^f\.yaml:2: readers\.me: type process is that of process, too: there is one process/,
    )
    const { url } = await tree({ readers: { process: { type: 'process' } } })
    expect(await (await fetch(`${url}/metrics/process`)).json()).toMatchObject({
      memory: { rss: expect.any(Number) },
    })
  })
})
