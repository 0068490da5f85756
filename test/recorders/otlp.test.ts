import { hostname } from 'node:os'
import { gunzipSync } from 'node:zlib'
import generated from '@opentelemetry/otlp-transformer/build/src/generated/root.js'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Family, Point } from '../../src/prometheus/index.ts'
import type { Recorder } from '../../src/recorders/index.ts'
import { histogramsOf } from '../../src/recorders/otlp/histogram.ts'
import { createOtlpRecorder, type OtlpOptions } from '../../src/recorders/otlp/index.ts'
import { momentOf } from '../../src/recorders/otlp/model.ts'
import { MAX_STREAMS, StartTimes } from '../../src/recorders/otlp/starts.ts'
import { gauge, type Received, receiver, shipment } from './stores.ts'

interface Definition {
  verify(message: unknown): string | null
  fromObject(json: unknown): object
  toObject(message: object, options: object): { resourceMetrics: ReadResource[] }
  encode(message: object): { finish(): Uint8Array }
  decode(bytes: Uint8Array): object
}

/** OpenTelemetry's own definitions. */
const { ExportMetricsServiceRequest, ExportMetricsServiceResponse } = (
  generated as unknown as {
    opentelemetry: { proto: { collector: { metrics: { v1: Record<string, Definition> } } } }
  }
).opentelemetry.proto.collector.metrics.v1 as {
  ExportMetricsServiceRequest: Definition
  ExportMetricsServiceResponse: Definition
}

const IN_TIME = () => AbortSignal.timeout(5000)
const T = 1_700_000_000_000

function open(endpoint: string, options: Partial<OtlpOptions> = {}): Recorder {
  const recorder = createOtlpRecorder('collector', { endpoint, ...options })
  onTestFinished(async () => void (await recorder.close?.()))
  return recorder
}

interface Data {
  dataPoints: Record<string, unknown>[]
  [more: string]: unknown
}
interface ReadMetric {
  name: string
  description?: string
  unit?: string
  gauge?: Data
  sum?: Data
  histogram?: Data
}
interface ReadResource {
  resource: { attributes: { key: string; value: { stringValue: string } }[] }
  scopeMetrics: { scope: object; metrics: ReadMetric[] }[]
}

/** A message as the receiver's own definitions read it: 64-bit integers as texts. */
function read({ body, headers }: Received): ReadResource[] {
  const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
  if (headers['content-type'] === 'application/json') {
    // JSON is held against the definitions too: what they do not know, or know otherwise, is a fault.
    const json = JSON.parse(plain.toString())
    expect(ExportMetricsServiceRequest.verify(withNumbers(json))).toBe(null)
    const again = ExportMetricsServiceRequest.toObject(
      ExportMetricsServiceRequest.fromObject(json),
      LIKE_JSON,
    )
    expect(again).toEqual(json)
    return json.resourceMetrics
  }
  expect(headers['content-type']).toBe('application/x-protobuf')
  return ExportMetricsServiceRequest.toObject(ExportMetricsServiceRequest.decode(plain), LIKE_JSON)
    .resourceMetrics
}

const LIKE_JSON = { longs: String, json: true }

/** `verify` wants numbers where JSON has texts. */
function withNumbers(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json), (key, value) => {
    if (key === 'bucketCounts') return (value as string[]).map(Number)
    return /^(count|as(Int|Double)|.*Nano)$/.test(key) ? Number(value) : value
  })
}

const attributes = (values: Record<string, string>) =>
  Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }))
const nanos = (ms: number) => `${ms}000000`

const FAMILIES: Family[] = [
  gauge('temperature_celsius', 21.5, { sensor: 'ü𠀀"' }),
  gauge('big', 2n ** 63n - 1n),
  gauge('small', -(2n ** 63n)),
  gauge('bigger', 2n ** 63n),
  gauge('strange', Number.NEGATIVE_INFINITY),
  { name: 'requests', type: 'counter', help: 'Requests.', points: [{ labels: { code: '200' }, value: 7 }] },
  { name: 'host', type: 'info', help: '', points: [{ labels: { os: 'linux' }, value: 1 }] },
  { name: 'value', type: 'unknown', help: '', points: [{ value: 0.1 + 0.2 }] },
  {
    name: 'latency_seconds',
    type: 'histogram',
    help: 'Latency.',
    points: [
      { suffix: '_bucket', labels: { path: '/', le: '0.5' }, value: 3 },
      { suffix: '_bucket', labels: { path: '/', le: '1' }, value: 3 },
      { suffix: '_bucket', labels: { path: '/', le: '+Inf' }, value: 5 },
      { suffix: '_sum', labels: { path: '/' }, value: 4.25 },
      { suffix: '_count', labels: { path: '/' }, value: 5 },
    ],
  },
]

describe.each(['protobuf', 'json'] as const)('a message of OTLP in %s', (encoding) => {
  it('is what OpenTelemetry reads: gauges, sums and histograms, to the digit', async () => {
    const { url, received } = await receiver({ status: 200 })
    const recorder = open(url, { encoding, version: '1.2', headers: { 'x-key': 'k' } })
    const delivery = await recorder.record([shipment(T, FAMILIES, 'shop')], IN_TIME())
    expect(delivery).toEqual({ shipped: FAMILIES.length, refused: new Map() })
    expect(received).toMatchObject([
      { path: '/v1/metrics', headers: { 'user-agent': 'treering/1.2', 'x-key': 'k' } },
    ])
    const [resource, ...others] = read(received[0]!)
    expect(others).toEqual([])
    expect(resource!.resource.attributes).toEqual(
      attributes({ 'service.name': 'shop', 'service.instance.id': hostname(), 'host.name': hostname() }),
    )
    const [{ scope, metrics }] = resource!.scopeMetrics as [ReadResource['scopeMetrics'][number]]
    expect(scope).toEqual({ name: 'treering', version: '1.2' })
    const point = (value: object, labels?: Record<string, string>) => ({
      ...(labels === undefined ? {} : { attributes: attributes(labels) }),
      timeUnixNano: nanos(T),
      ...value,
    })
    expect(metrics).toEqual([
      {
        name: 'temperature_celsius',
        description: 'The temperature_celsius.',
        unit: 'Cel',
        gauge: { dataPoints: [point({ asDouble: 21.5 }, { sensor: 'ü𠀀"' })] },
      },
      ...[
        ['big', { asInt: '9223372036854775807' }],
        ['small', { asInt: '-9223372036854775808' }],
        ['bigger', { asDouble: 2 ** 63 }],
        ['strange', { asDouble: '-Infinity' }],
      ].map(([name, value]) => ({
        name,
        description: `The ${name}.`,
        gauge: { dataPoints: [point(value as object)] },
      })),
      {
        name: 'requests',
        description: 'Requests.',
        sum: {
          dataPoints: [point({ startTimeUnixNano: nanos(T), asDouble: 7 }, { code: '200' })],
          aggregationTemporality: 2,
          isMonotonic: true,
        },
      },
      { name: 'host_info', gauge: { dataPoints: [point({ asDouble: 1 }, { os: 'linux' })] } },
      { name: 'value', gauge: { dataPoints: [point({ asDouble: 0.1 + 0.2 })] } },
      {
        name: 'latency_seconds',
        description: 'Latency.',
        unit: 's',
        histogram: {
          dataPoints: [
            point(
              {
                startTimeUnixNano: nanos(T),
                count: '5',
                sum: 4.25,
                bucketCounts: ['3', '0', '2'],
                explicitBounds: [0.5, 1],
              },
              { path: '/' },
            ),
          ],
          aggregationTemporality: 2,
        },
      },
    ])
  })

  it('is compressed if wanted', async () => {
    const { url, received } = await receiver({ status: 200 })
    const families = Array.from({ length: 200 }, (_, i) => gauge('g', i, { device: `disk${i}` }))
    await open(url, { encoding, compression: 'gzip' }).record([shipment(T, families)], IN_TIME())
    const [{ scopeMetrics }] = read(received[0]!) as [ReadResource]
    expect(scopeMetrics[0]!.metrics[0]!.gauge!.dataPoints.length).toBe(200)
    expect(gunzipSync(received[0]!.body).length).toBeGreaterThan(5 * received[0]!.body.length)
  })

  it('counts points that were refused of a message that was taken, with the reason', async () => {
    const partialSuccess = { rejectedDataPoints: 2, errorMessage: 'too old' }
    const answers = {
      protobuf: ExportMetricsServiceResponse.encode({ partialSuccess }).finish(),
      json: JSON.stringify({ partialSuccess: { ...partialSuccess, rejectedDataPoints: '2' } }),
    }
    const type = { protobuf: 'application/x-protobuf', json: 'application/json' }
    const { url } = await receiver(
      { status: 200, headers: { 'content-type': type[encoding] }, body: answers[encoding] },
      { status: 200, headers: { 'content-type': type[encoding] }, body: 'not \xff an answer' },
      { status: 200, headers: { 'content-type': type[encoding] }, body: encoding === 'json' ? '{}' : '' },
    )
    const recorder = open(url, { encoding })
    const batch = [shipment(T, FAMILIES)]
    expect(await recorder.record(batch, IN_TIME())).toEqual({
      shipped: FAMILIES.length - 2,
      refused: new Map([['too old', 2]]),
    })
    const all = { shipped: FAMILIES.length, refused: new Map() }
    expect(await recorder.record(batch, IN_TIME())).toEqual(all)
    expect(await recorder.record(batch, IN_TIME())).toEqual(all)
  })
})

describe('the OTLP recorder', () => {
  it('makes of a task its resource, and leaves each point its own labels', async () => {
    const { url, received } = await receiver({ status: 200 })
    const task = { service_name: 'shop', job_name: 'web', data_center: 'eu', host_name: 'a1', task_num: '2' }
    const counted: Family = {
      name: 'requests',
      type: 'counter',
      help: '',
      points: [
        { labels: { ...task, code: '200' }, value: 1 },
        { labels: { ...task, task_num: '3', code: '200' }, value: 2 },
      ],
    }
    const given = { 'deployment.environment.name': 'prod', 'host.name': '' }
    await open(url, { attributes: given }).record(
      [shipment(T, [counted, gauge('up', 1)], 'process')],
      IN_TIME(),
    )
    const resources = read(received[0]!).map(({ resource, scopeMetrics }) => [
      Object.fromEntries(resource.attributes.map(({ key, value }) => [key, value.stringValue])),
      scopeMetrics[0]!.metrics.map(({ name, sum, gauge }) => [
        name,
        (sum ?? gauge)!.dataPoints[0]!.attributes,
      ]),
    ])
    const of = (task_num: string) => ({
      'service.name': 'shop',
      'service.instance.id': `web/a1/${task_num}`,
      'deployment.environment.name': 'prod',
      'host.name': 'a1',
      job_name: 'web',
      data_center: 'eu',
      task_num,
    })
    const code = attributes({ code: '200' })
    expect(resources).toEqual([
      [of('2'), [['requests', code]]],
      [of('3'), [['requests', code]]],
      [
        {
          'service.name': 'process',
          'service.instance.id': hostname(),
          'deployment.environment.name': 'prod',
        },
        [['up', undefined]],
      ],
    ])
  })

  it('lets a sum begin where it was first seen and where it went back, also when a batch comes again', async () => {
    const { url, received } = await receiver({ status: 200 }, { status: 503 }, { status: 200 })
    const recorder = open(url)
    const counter = (value: number): Family => ({ name: 'n', type: 'counter', help: '', points: [{ value }] })
    const batch = (from: number, ...values: number[]) =>
      values.map((value, i) => shipment(T + (from + i) * 1000, [counter(value)]))
    await recorder.record(batch(0, 100, 101), IN_TIME())
    await expect(recorder.record(batch(2, 105, 3), IN_TIME())).rejects.toMatchObject({ code: 'unavailable' })
    await recorder.record(batch(2, 105, 3, 4), IN_TIME())
    const points = (i: number) =>
      read(received[i]!)[0]!.scopeMetrics[0]!.metrics[0]!.sum!.dataPoints.map((point) => [
        (Number(BigInt(point.startTimeUnixNano as string) / 1_000_000n) - T) / 1000,
        (Number(BigInt(point.timeUnixNano as string) / 1_000_000n) - T) / 1000,
        point.asDouble,
      ])
    expect(points(0)).toEqual([
      [0, 0, 100],
      [0, 1, 101],
    ])
    expect(points(2)).toEqual([
      [0, 2, 105],
      [3, 3, 3],
      [3, 4, 4],
    ])
  })

  it('lets a sum begin where its source says, also where it went back unseen', async () => {
    const { url, received } = await receiver({ status: 200 })
    const counter = (value: number, started: number): Family[] => [
      { name: 'n', type: 'counter', help: '', points: [{ value, started }] },
      { name: 'h', type: 'histogram', help: '', points: [{ value, started, suffix: '_count' }] },
    ]
    const since = T / 1000 - 60
    const batch = [
      shipment(T, counter(5, since)),
      // It was reset, and has grown beyond what it was.
      shipment(T + 10_000, counter(7, since + 65)),
      // Two clocks: nothing begins after it is told.
      shipment(T + 20_000, counter(8, since + 600)),
    ]
    await open(url).record(batch, IN_TIME())
    const { metrics } = read(received[0]!)[0]!.scopeMetrics[0]!
    for (const { sum, histogram } of metrics)
      expect(
        (sum ?? histogram)!.dataPoints.map(({ startTimeUnixNano }) =>
          Number((BigInt(startTimeUnixNano as string) / 1_000_000n - BigInt(T)) / 1000n),
        ),
      ).toEqual([-60, 5, 20])
  })

  it('cuts messages by points and by bytes', async () => {
    const { url, received } = await receiver({ status: 200 })
    const families = Array.from({ length: 25 }, (_, i) => gauge('g', i, { i: `${i}` }))
    const batch = [shipment(T, families), shipment(T + 1000, families)]
    expect((await open(url, { maxPoints: 10 }).record(batch, IN_TIME())).shipped).toBe(50)
    const sizes = () =>
      received.map((one) => read(one)[0]!.scopeMetrics[0]!.metrics[0]!.gauge!.dataPoints.length)
    expect(sizes()).toEqual([10, 10, 5, 10, 10, 5])
    received.length = 0
    for (const encoding of ['protobuf', 'json'] as const)
      expect((await open(url, { encoding, maxBytes: 2000 }).record(batch, IN_TIME())).shipped).toBe(50)
    expect(received.length).toBeGreaterThan(4)
    for (const { body } of received) expect(body.length).toBeLessThanOrEqual(2000)
    const long = [shipment(T, [gauge('g', 1, { name: 'x'.repeat(2000) }), gauge('g', 2)])]
    expect(await open(url, { maxBytes: 2000 }).record(long, IN_TIME())).toEqual({
      shipped: 1,
      refused: new Map([['it takes more than 2000 bytes', 1]]),
    })
  })
})

describe('a histogram of Prometheus', () => {
  it('becomes buckets that add up to the count, whatever lines there are', () => {
    const bounds = fc.uniqueArray(fc.double({ min: -1000, max: 1000, noNaN: true }), {
      maxLength: 8,
      comparator: 'SameValueZero',
    })
    fc.assert(
      fc.property(
        bounds,
        fc.array(fc.double({ min: -2000, max: 2000, noNaN: true })),
        fc.boolean(),
        (some, values, infinite) => {
          // As text there is one zero.
          const all = some.map((bound) => bound + 0)
          const below = (bound: number) => values.filter((value) => value <= bound).length
          const points: Point[] = all.map((bound) => ({
            suffix: '_bucket',
            labels: { le: String(bound) },
            value: below(bound),
          }))
          if (infinite) points.push({ suffix: '_bucket', labels: { le: '+Inf' }, value: values.length })
          points.push({ suffix: '_count', value: values.length })
          const [histogram, ...others] = histogramsOf(points)
          expect(others).toEqual([])
          const sorted = [...all].sort((a, b) => a - b)
          expect(histogram).toEqual({
            labels: {},
            sum: undefined,
            count: values.length,
            bounds: sorted,
            counts: [...sorted, Number.POSITIVE_INFINITY].map(
              (bound, i) => below(bound) - (i === 0 ? 0 : below(sorted[i - 1]!)),
            ),
          })
        },
      ),
    )
  })

  it('is one for each set of labels, and needs no buckets', () => {
    const points: Point[] = [
      { suffix: '_sum', labels: { a: '1' }, value: 2.5 },
      { suffix: '_count', labels: { a: '1' }, value: 3 },
      { suffix: '_bucket', labels: { a: '2', le: '1' }, value: Number.NaN },
      { suffix: '_bucket', labels: { le: '2', a: '2' }, value: 4 },
    ]
    expect(histogramsOf(points)).toEqual([
      { labels: { a: '1' }, sum: 2.5, count: 3, bounds: [], counts: [3] },
      { labels: { a: '2' }, sum: undefined, count: 4, bounds: [1, 2], counts: [0, 0, 0] },
    ])
  })
})

it('start times are kept for a bounded number of sums', () => {
  const starts = new StartTimes()
  const [first, second] = [momentOf(1000), momentOf(2000)]
  for (let i = 0; i <= MAX_STREAMS; i++) starts.of(`s${i}`, first, 5)
  starts.keep()
  expect(starts.of('s1', second, 6)).toBe(first)
  expect(starts.of('s0', second, 6)).toBe(second)
})
