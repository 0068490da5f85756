import { hostname } from 'node:os'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { uncompress } from 'snappyjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Family } from '../../src/prometheus/index.ts'
import type { Recorder, Shipment } from '../../src/recorders/index.ts'
import { createRemoteWriteRecorder, type RemoteWriteOptions } from '../../src/recorders/remotewrite/index.ts'
import { answering } from '../support/listening.ts'
import { bodyOf, gauge, prometheus, receiver, shipment, victoriaMetrics } from './stores.ts'

/** The protocol as its specification writes it, read by another library. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message WriteRequest { repeated TimeSeries timeseries = 1; }
  message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
  message Label { string name = 1; string value = 2; }
  message Sample { double value = 1; int64 timestamp = 2; }
`)
const WriteRequest = root.lookupType('WriteRequest')

interface Written {
  labels: { name: string; value: string }[]
  samples: { value: number; timestamp: number }[]
}

function read(body: Uint8Array): Written[] {
  const message = WriteRequest.decode(uncompress(new Uint8Array(body)))
  const { timeseries } = WriteRequest.toObject(message, { longs: Number, arrays: true, defaults: true })
  return timeseries
}

const IN_TIME = () => AbortSignal.timeout(5000)

function open(endpoint: string, options: Partial<RemoteWriteOptions> = {}): Recorder {
  const recorder = createRemoteWriteRecorder('store', { endpoint, ...options })
  onTestFinished(async () => void (await recorder.close?.()))
  return recorder
}

/** Shipments of one gauge, a second apart, the newest at `end`. */
function seconds(end: number, count: number, name = 'depth'): Shipment[] {
  return Array.from({ length: count }, (_, i) => shipment(end - (count - 1 - i) * 1000, [gauge(name, i)]))
}

/** Numbers that are easily spoilt. */
const NUMBERS = [
  0,
  -0,
  1,
  0.1 + 0.2,
  1e-7,
  5e-324,
  Number.MAX_VALUE,
  -1e21,
  2 ** 53 - 1,
  1 / 3,
  1_700_000_000.123456,
]

describe('remote write to a real Prometheus', () => {
  it('gives back values to the digit, at their times, under the names of a scrape', async (context) => {
    const store = await prometheus(context)
    const recorder = open(store.url)
    const now = Date.now()
    const families: Family[] = [
      gauge('plain', 1.5, { device: 'sda "1" \\ \n ü €', empty: '' }),
      { name: 'requests', type: 'counter', help: '', points: [{ value: 2n ** 53n }] },
      { name: 'host', type: 'info', help: '', points: [{ labels: { os: 'linux' }, value: 1 }] },
      {
        name: 'latency_seconds',
        type: 'histogram',
        help: '',
        points: [
          { suffix: '_bucket', labels: { le: '0.1' }, value: 3 },
          { suffix: '_bucket', labels: { le: '+Inf' }, value: 4 },
          { suffix: '_sum', value: 0.75 },
          { suffix: '_count', value: 4 },
        ],
      },
      {
        name: 'odd',
        type: 'gauge',
        help: '',
        points: NUMBERS.map((value, i) => ({ labels: { i: `${i}` }, value })),
      },
      gauge('infinite', Number.POSITIVE_INFINITY),
      gauge('nothing', Number.NaN),
    ]
    const delivery = await recorder.record(
      [shipment(now - 1000, families), shipment(now, families)],
      IN_TIME(),
    )
    expect(delivery).toEqual({ shipped: 2 * (9 + NUMBERS.length), refused: new Map() })
    const common = { instance: hostname(), job: 'app' }
    const both = (value: number) => [
      [now - 1000, value],
      [now, value],
    ]
    const expected: [Record<string, string>, number[][]][] = [
      [{ __name__: 'plain', device: 'sda "1" \\ \n ü €', ...common }, both(1.5)],
      [{ __name__: 'requests_total', ...common }, both(2 ** 53)],
      [{ __name__: 'host_info', ...common, os: 'linux' }, both(1)],
      [{ __name__: 'latency_seconds_bucket', ...common, le: '0.1' }, both(3)],
      [{ __name__: 'latency_seconds_bucket', ...common, le: '+Inf' }, both(4)],
      [{ __name__: 'latency_seconds_sum', ...common }, both(0.75)],
      [{ __name__: 'latency_seconds_count', ...common }, both(4)],
      [{ __name__: 'infinite', ...common }, both(Number.POSITIVE_INFINITY)],
      [{ __name__: 'nothing', ...common }, both(Number.NaN)],
      ...NUMBERS.map((value, i): [Record<string, string>, number[][]] => [
        { __name__: 'odd', i: `${i}`, ...common },
        both(value),
      ]),
    ]
    const sorted = ([labels, values]: [Record<string, string>, unknown]) =>
      [JSON.stringify(Object.fromEntries(Object.entries(labels).sort())), values] as const
    const found = [...(await store.samples('{job="app"}'))].map(([labels, values]) =>
      sorted([JSON.parse(labels), values]),
    )
    expect(new Map(found)).toEqual(new Map(expected.map(sorted)))
  })

  it('shows a series no longer once a sample has come without it', async (context) => {
    const store = await prometheus(context)
    const recorder = open(store.url)
    const now = Date.now()
    const both = [gauge('usage', 1, { device: 'a' }), gauge('usage', 2, { device: 'b' })]
    await recorder.record([shipment(now - 3000, both)], IN_TIME())
    await recorder.record([shipment(now - 2000, both), shipment(now - 1000, both.slice(0, 1))], IN_TIME())
    const devices = async (at: number) =>
      (await store.query('usage', at)).map(({ metric }) => metric.device).sort()
    expect(await devices(now - 2000)).toEqual(['a', 'b'])
    expect(await devices(now)).toEqual(['a'])
    // It comes back.
    await recorder.record([shipment(now, both)], IN_TIME())
    expect(await devices(now)).toEqual(['a', 'b'])
  })

  it('refuses alone what the store has, when a batch comes again after a crash', async (context) => {
    const store = await prometheus(context)
    const batch = seconds(Date.now(), 10)
    await open(store.url).record(batch.slice(0, 7), IN_TIME())
    // Another process, which knows nothing of the first; one sample of the old ones says something else.
    const again = batch.map((one, i) => (i < 5 ? shipment(one.at, [gauge('depth', i + 100)]) : one))
    const { shipped, refused } = await open(store.url).record(again, IN_TIME())
    expect(shipped).toBe(5 - 2 + 1)
    expect([...refused.keys()].join()).toMatch(/^400 Bad Request: out of order sample$/)
    expect([...refused.values()]).toEqual([6])
    const [values] = (await store.samples('depth')).values()
    expect(values).toEqual(batch.map(({ at }, i) => [at, i]))
  })

  it('goes on where a broken connection ended, and loses and doubles nothing', async (context) => {
    const store = await prometheus(context)
    let asked = 0
    const { url: proxy } = await answering(async (request, response) => {
      const body = await bodyOf(request)
      asked += 1
      // The third message is taken by the store, but its answer gets lost, and so is the fourth before it is taken.
      const forward = () =>
        fetch(store.url + request.url, { method: 'POST', headers: request.headers as never, body })
      if (asked === 3) await forward()
      if (asked === 3 || asked === 4) return void request.socket.destroy()
      const answer = await forward()
      response.writeHead(answer.status).end(await answer.text())
    })
    const recorder = open(proxy, { maxSeries: 10 })
    const batch = seconds(Date.now(), 60)
    await expect(recorder.record(batch, IN_TIME())).rejects.toMatchObject({ code: 'unavailable' })
    expect(await recorder.record(batch, IN_TIME())).toEqual({ shipped: 60, refused: new Map() })
    const [values] = (await store.samples('depth')).values()
    expect(values).toEqual(batch.map(({ at }, i) => [at, i]))
  })
})

describe('remote write to a real VictoriaMetrics', () => {
  it('gives back values at their times, old ones too', async (context) => {
    const store = await victoriaMetrics(context)
    const recorder = open(store.url)
    const now = Date.now()
    const values = NUMBERS.filter(
      (value) => Math.abs(value) < 1e18 && (value === 0 || Math.abs(value) > 1e-10),
    )
    const families = values.map((value, i) => gauge('odd', value, { i: `${i}` }))
    await recorder.record([shipment(now, families)], IN_TIME())
    await recorder.record([shipment(now - 60_000, families)], IN_TIME())
    await fetch(`${store.url}/internal/force_flush`)
    const found = await store.samples('odd')
    const got = new Map([...found].map(([labels, samples]) => [Number(JSON.parse(labels).i), samples]))
    expect(got.size).toBe(values.length)
    for (const [i, samples] of got) {
      expect(samples.map(([at]) => at)).toEqual([now - 60_000, now])
      // It rounds what it stores.
      for (const [, value] of samples) expect(value).toBeCloseTo(values[i]!, 5)
    }
  })
})

describe('a message of remote write', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 12 })
  const label = fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/)
  const family = fc.record({
    name: fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/),
    type: fc.constantFrom('gauge' as const, 'counter' as const, 'unknown' as const),
    help: fc.constant(''),
    points: fc.array(
      fc.record({
        labels: fc.dictionary(label, text, { maxKeys: 4 }),
        value: fc.oneof(fc.double(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n })),
      }),
      { maxLength: 5 },
    ),
  })

  it('holds what its families hold: each series once, labels sorted, samples in order', async () => {
    const { url, received } = await receiver({ status: 204 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(family, { maxLength: 6 }),
        fc.integer({ min: 1, max: 4 }),
        async (families, count) => {
          received.length = 0
          const batch = Array.from({ length: count }, (_, i) => shipment(1_700_000_000_000 + i, families))
          const { shipped, refused } = await open(url, { labels: { job: '', zone: 'x' } }).record(
            batch,
            IN_TIME(),
          )
          const naive = new Map<string, number>()
          let doubled = 0
          for (const { name, type, points } of families) {
            for (const { labels, value } of points) {
              const all = {
                instance: hostname(),
                zone: 'x',
                ...labels,
                __name__: type === 'counter' ? `${name}_total` : name,
              }
              const key = JSON.stringify(
                Object.entries(all)
                  .filter(([, text]) => text !== '')
                  .sort(([a], [b]) => (a < b ? -1 : 1)),
              )
              if (naive.has(key)) doubled++
              else naive.set(key, Number(value))
            }
          }
          expect(shipped).toBe(naive.size * count)
          expect([...refused.values()].reduce((a, b) => a + b, 0)).toBe(doubled * count)
          const written = received.flatMap(({ body }) => read(body))
          expect(written.length).toBe(naive.size)
          for (const { labels, samples } of written) {
            const value = naive.get(JSON.stringify(labels.map(({ name, value }) => [name, value])))
            expect(samples).toEqual(batch.map(({ at }) => ({ timestamp: at, value })))
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('is cut by series and by bytes, and has the headers of the protocol', async () => {
    const { url, received } = await receiver({ status: 204 })
    const families = Array.from({ length: 25 }, (_, i) => gauge('g', i, { i: `${i}` }))
    const recorder = open(`${url}/`, {
      maxSeries: 10,
      token: 'secret',
      headers: { 'x-scope-orgid': 'a' },
      version: '1.2',
    })
    expect(
      (await recorder.record([shipment(1000, families), shipment(2000, families)], IN_TIME())).shipped,
    ).toBe(50)
    expect(received.map(({ body }) => read(body).length)).toEqual([10, 10, 5, 10, 10, 5])
    expect(received[0]).toMatchObject({
      path: '/api/v1/write',
      headers: {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'snappy',
        'x-prometheus-remote-write-version': '0.1.0',
        'user-agent': 'treering/1.2',
        authorization: 'Bearer secret',
        'x-scope-orgid': 'a',
      },
    })
    received.length = 0
    const small = open(`${url}/api/v1/push`, { maxBytes: 1000, username: 'u', password: 'ü' })
    expect((await small.record([shipment(3000, families)], IN_TIME())).shipped).toBe(25)
    expect(received.length).toBeGreaterThan(1)
    for (const { body, path, headers } of received) {
      expect(path).toBe('/api/v1/push')
      expect(headers.authorization).toBe(`Basic ${Buffer.from('u:ü').toString('base64')}`)
      expect(uncompress(new Uint8Array(body)).length).toBeLessThanOrEqual(1000)
    }
  })

  it('leaves out and counts names that no store takes', async () => {
    const { url, received } = await receiver({ status: 200 })
    const families = [
      gauge('good', 1),
      gauge('bad-name', 1),
      gauge('good', 2, { 'bad.label': 'x' }),
      gauge('good', 3),
    ]
    const { shipped, refused } = await open(url).record([shipment(1000, families)], IN_TIME())
    expect(shipped).toBe(1)
    expect(refused).toEqual(
      new Map([
        ['"bad-name" is no name of a metric', 1],
        ['"bad.label" is no name of a label', 1],
        ['its series is in the same sample twice', 1],
      ]),
    )
    expect(received.length).toBe(1)
  })

  it('holds 100,000 series of a sample, and refuses what is beyond', async () => {
    const { url } = await receiver({ status: 200 })
    const points = Array.from({ length: 100_001 }, (_, i) => ({ labels: { i: `${i}` }, value: i }))
    const many: Family = { name: 'many', type: 'gauge', help: '', points }
    const { shipped, refused } = await open(url).record([shipment(1000, [many])], AbortSignal.timeout(20_000))
    expect(shipped).toBe(100_000)
    expect([...refused]).toEqual([['it is beyond the 100000 series of a sample', 1]])
  })

  it('ends a series by the one NaN that means it', async () => {
    const { url, received } = await receiver({ status: 200 })
    const recorder = open(url)
    await recorder.record([shipment(1000, [gauge('a', Number.NaN)]), shipment(2000, [])], IN_TIME())
    const bytes = Buffer.from(uncompress(new Uint8Array(received[0]!.body)))
    expect(bytes.includes(Buffer.from('09000000000000f87f10e807', 'hex'))).toBe(true)
    expect(bytes.includes(Buffer.from('09020000000000f07f10d00f', 'hex'))).toBe(true)
  })

  it('is not sent when there is nothing to say', async () => {
    const { url, received } = await receiver({ status: 200 })
    expect(await open(url).record([shipment(1000, [])], IN_TIME())).toEqual({
      shipped: 0,
      refused: new Map(),
    })
    expect(received).toEqual([])
  })
})
