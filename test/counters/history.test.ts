import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CounterSample,
  type CountersEntry,
  type CountersSample,
  createCountersSource,
} from '../../src/counters/index.ts'
import type { Query } from '../../src/period/index.ts'
import { int64Of } from '../../src/utils/index.ts'

const source = createCountersSource({ files: [] })
const MAX = 2n ** 63n - 1n

const query = (given: Partial<Query>): Query => ({
  period: '5m',
  aggregate: 'value',
  stat: 'mean',
  limit: 0,
  offset: 0,
  keyword: '',
  params: {},
  ...given,
})

function sampleOf(timestamp: number, files: Record<string, Partial<CounterSample>[]>): CountersSample {
  return {
    timestamp,
    files: Object.fromEntries(
      Object.entries(files).map(([name, counters]) => [
        name,
        {
          pid: 1,
          started: 2,
          alive: true,
          error: null,
          statics: [],
          counters: counters.map((counter) => ({ id: 1, label: 'c', value: 0, rate: null, ...counter })),
        },
      ]),
    ),
  }
}

const fold = (...samples: CountersSample[]): CountersEntry =>
  samples.reduce<CountersEntry | undefined>((entry, sample) => source.reduce(entry, sample), undefined)!

const stored = (entry: CountersEntry) => source.decode(JSON.parse(JSON.stringify(source.encode(entry))))

describe('the history of counters', () => {
  test('keeps mean, least and greatest of all samples of a slot, of values and rates alike', () => {
    const entry = fold(
      sampleOf(1, { 'a.dat': [{ value: 10 }] }),
      sampleOf(2, { 'a.dat': [{ value: 20, rate: 10 }] }),
      sampleOf(3, { 'a.dat': [{ value: 60, rate: 40 }] }),
    )
    const ask = (aggregate: string, stat: Query['stat']) =>
      source.aggregate([entry], query({ aggregate, stat })).data[0]!.points
    expect(ask('value', 'mean')).toEqual([{ timestamp: 3, value: 30 }])
    expect(ask('value', 'min')).toEqual([{ timestamp: 3, value: 10 }])
    expect(ask('rate', 'mean')).toEqual([{ timestamp: 3, rate: 25 }])
    expect(ask('rate', 'max')).toEqual([{ timestamp: 3, rate: 40 }])
  })

  test('begins anew in a slot in which its file was made anew', () => {
    const old = sampleOf(1, { 'a.dat': [{ value: 1_000_000 }, { label: 'gone' }] })
    const anew = sampleOf(2, { 'a.dat': [{ value: 7 }] })
    const entry = fold(old, {
      ...anew,
      files: { 'a.dat': { ...anew.files['a.dat']!, started: 3 } },
    })
    const rows = source.aggregate([entry], query({})).data
    expect(rows.map(({ label, points }) => [label, points])).toEqual([['c', [{ timestamp: 2, value: 7 }]]])
  })

  test('gives means of three decimals', () => {
    const values = [1, 1, 2].map((value, i) => sampleOf(i, { a: [{ value, rate: value / 3 }] }))
    const ask = (given: Partial<Query>) =>
      source.aggregate([fold(...values)], query(given)).data[0]!.points[0]
    expect(ask({})).toEqual({ timestamp: 2, value: 1.333 })
    expect(ask({ aggregate: 'rate', stat: 'max' })).toEqual({ timestamp: 2, rate: 0.667 })
  })

  test('is exact beyond 2^53, also after it was on disk', () => {
    const entry = stored(
      fold(sampleOf(1, { a: [{ value: MAX }] }), sampleOf(2, { a: [{ value: MAX - 2n }] })),
    )
    const ask = (stat: Query['stat']) => source.aggregate([entry], query({ stat })).data[0]!.points[0]!.value
    expect([ask('mean'), ask('min'), ask('max')]).toEqual([MAX - 1n, MAX - 2n, MAX])
  })

  test('gives the same statistics as a naive model, from memory and from disk', () => {
    const value = fc.oneof(fc.integer(), fc.bigInt(-MAX, MAX)).map((number) => int64Of(BigInt(number)))
    fc.assert(
      fc.property(fc.array(fc.array(value, { maxLength: 4 }), { minLength: 1, maxLength: 6 }), (slots) => {
        const entry = fold(
          ...slots.map((values, i) =>
            sampleOf(i, { f: values.map((each, place) => ({ label: `c${(place + i) % 5}`, value: each })) }),
          ),
        )
        const seen = new Map<string, bigint[]>()
        slots.forEach((values, i) => {
          values.forEach((each, place) => {
            const label = `c${(place + i) % 5}`
            seen.set(label, [...(seen.get(label) ?? []), BigInt(each)])
          })
        })
        for (const each of [entry, stored(entry)]) {
          for (const stat of ['min', 'max', 'mean'] as const) {
            const rows = source.aggregate([each], query({ stat })).data
            expect(rows.map(({ label }) => label)).toEqual([...seen.keys()].sort())
            for (const { label, points } of rows) {
              const values = seen.get(label)!
              const sorted = values.toSorted((a, b) => (a < b ? -1 : 1))
              const got = points[0]!.value!
              if (stat === 'min') expect(BigInt(got)).toBe(sorted[0])
              else if (stat === 'max') expect(BigInt(got)).toBe(sorted.at(-1))
              else {
                const sum = values.reduce((a, b) => a + b, 0n)
                const error = Math.abs(Number(got) - Number(sum) / values.length)
                expect(error).toBeLessThanOrEqual(Math.max(0.0005, Math.abs(Number(got)) * 1e-12) * 1.001)
              }
            }
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('filters by globs and letters, and counts before limit and offset', () => {
    const entry = fold(
      sampleOf(1, {
        'b.dat': [{ label: 'http.ok' }, { label: 'http.failed' }, { label: 'db.ok' }],
        'a.dat': [{ label: 'http.ok' }],
      }),
    )
    const ask = (given: Partial<Query>) => {
      const { total, data } = source.aggregate([entry], query(given))
      return [total, ...data.map(({ file, label }) => `${file} ${label}`)]
    }
    expect(ask({})).toEqual([4, 'a.dat http.ok', 'b.dat db.ok', 'b.dat http.failed', 'b.dat http.ok'])
    expect(ask({ params: { file: 'b*', label: '*.ok' } })).toEqual([2, 'b.dat db.ok', 'b.dat http.ok'])
    expect(ask({ params: { label: 'd?.ok' } })).toEqual([1, 'b.dat db.ok'])
    expect(ask({ params: { label: 'ok' } })).toEqual([0])
    expect(ask({ keyword: 'HTF' })).toEqual([1, 'b.dat http.failed'])
    expect(ask({ limit: 2, offset: 1 })).toEqual([4, 'b.dat db.ok', 'b.dat http.failed'])
    expect(ask({ offset: 9 })).toEqual([4])
    const slow = { label: `${'*a'.repeat(60)}b` }
    expect(ask({ params: slow })).toEqual([0])
  })

  test('lines up counters that come and go between slots', () => {
    const entries = [
      fold(sampleOf(1, { f: [{ label: 'a', value: 1 }] })),
      fold(
        sampleOf(2, {
          f: [
            { label: 'b', value: 2 },
            { label: 'a', value: 3 },
          ],
        }),
      ),
      fold(sampleOf(3, {})),
    ]
    const rows = source.aggregate(entries, query({})).data
    expect(rows.map(({ label, alive, points }) => [label, alive, points.map(({ value }) => value)])).toEqual([
      ['a', false, [1, 3]],
      ['b', false, [2]],
    ])
  })

  test('refuses an aggregate that there is not, and says which there are', () => {
    for (const aggregate of ['sum', '', 'constructor']) {
      expect(() => source.aggregate([], query({ aggregate }))).toThrow(/allowed are value, rate/)
    }
  })

  test('refuses what is no entry', () => {
    const good = source.encode(fold(sampleOf(1, { f: [{}] }))) as { files: { f: object } }
    const bad = [
      null,
      1,
      [],
      {},
      { timestamp: 1, files: { f: null } },
      { timestamp: 1, files: { f: { ...good.files.f, labels: [1] } } },
      { timestamp: 1, files: { f: { ...good.files.f, stats: [1, 2] } } },
      { timestamp: 1, files: { f: { ...good.files.f, stats: [1, 'x', 1, 1, 0, 0, 0, 0] } } },
    ]
    for (const json of bad)
      expect(() => source.decode(json)).toThrow(expect.objectContaining({ code: 'corrupt' }))
  })
})
