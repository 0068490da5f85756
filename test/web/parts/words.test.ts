import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { flatten } from '../../../web/src/flatten.ts'
import { tellSlots } from '../../../web/src/parts/statusbar.tsx'
import { parsePins } from '../../../web/src/pins.ts'
import { finest, formatRoute, parseRoute, type Route, VIEWS } from '../../../web/src/route.ts'
import { percentOf, tellCertificate } from '../../../web/src/targets.ts'
import { digits, format, span } from '../../../web/src/units.ts'
import { unitOf } from '../../../web/src/variables.ts'

/** As it is read: the narrow space between number and unit stands for a plain one. */
const plain = (text: string) => text.replaceAll('\u202f', ' ')

describe('a number is read', () => {
  it.each([
    [0, 'percent', '0 %'],
    [12.345, 'percent', '12.3 %'],
    [4.64, 'percent', '4.6 %'],
    [99.96, 'percent', '100 %'],
    [0.5, 'part', '50 %'],
    [48.25, 'celsius', '48.3 °C'],
    [0, 'bytes', '0 B'],
    [1023, 'bytes', '1023 B'],
    [1024, 'bytes', '1 KiB'],
    [5_583_457_484, 'bytes', '5.2 GiB'],
    [1_400_000, 'bytes_per_second', '1.4 MB/s'],
    [999.9, 'bytes_per_second', '1 kB/s'],
    [0.42, 'milliseconds', '0.42 ms'],
    [1234, 'milliseconds', '1.23 s'],
    [0.25, 'seconds', '250 ms'],
    [1500, 'per_second', '1.5 k/s'],
    [9999, 'number', '9999'],
    [12_345, 'number', '12.3 k'],
    [0.00042, 'number', '4.2e-4'],
    [null, 'bytes', '–'],
    [Number.NaN, 'number', '–'],
  ] as const)('%s %s as %s', (value, unit, text) => {
    expect(plain(format(value, unit))).toBe(text)
  })

  it.each([
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [3599, '59 min'],
    [3600, '1 h'],
    [7500, '2 h 5 min'],
    [270_000, '3 d 3 h'],
    [-5, '0 s'],
  ])('%s seconds as %s', (seconds, text) => {
    expect(plain(span(seconds))).toBe(text)
  })

  it('with all its digits in groups, also beyond 2^53', () => {
    expect(plain(digits(1234567))).toBe('1 234 567')
    expect(plain(digits('9223372036854775807'))).toBe('9 223 372 036 854 775 807')
    expect(plain(digits(-1234.5))).toBe('-1 235')
    expect(digits(null)).toBe('–')
  })

  it('as a hundred percent only of what was never down', () => {
    expect(plain(percentOf(1))).toBe('100 %')
    expect(plain(percentOf(0.999999))).toBe('99.99 %')
    expect(plain(percentOf(0.98765))).toBe('98.76 %')
  })
})

describe('a place in the URL', () => {
  it('is what it was, however often it is written and read', () => {
    const text = fc.string({ maxLength: 20 })
    const route = fc.record({
      view: fc.constantFrom(...VIEWS),
      period: fc.option(fc.constantFrom('5m', '1mo', '1y'), { nil: undefined }),
      zoom: fc.option(fc.constant({ from: 1_700_000_000, to: 1_700_000_060 }), { nil: undefined }),
      filter: text,
      sort: text,
      open: text,
    })
    fc.assert(
      fc.property(route, (given) => {
        expect(parseRoute(new URL(formatRoute(given), 'http://x').search)).toEqual(given)
      }),
    )
  })

  it('is the overview for what is not lawful', () => {
    const odd = parseRoute('?view=nothing&from=9&to=1')
    expect(odd).toEqual({
      view: 'overview',
      period: undefined,
      zoom: undefined,
      filter: '',
      sort: '',
      open: '',
    } satisfies Route)
    expect(parseRoute('?from=a&to=1').zoom).toBeUndefined()
    expect(formatRoute(odd)).toBe('/')
  })

  it('is shown by the shortest period that reaches back to its beginning', () => {
    const periods = [
      { name: '5m', seconds: 300 },
      { name: '1h', seconds: 3600 },
      { name: '1d', seconds: 86_400 },
    ]
    const from = (ago: number) => ({ from: 10_000_000 - ago, to: 10_000_000 - ago + 60 })
    expect(finest(periods, '1d', undefined, 10_000_000).name).toBe('1d')
    expect(finest(periods, '1d', from(200), 10_000_000).name).toBe('5m')
    expect(finest(periods, '1d', from(3000), 10_000_000).name).toBe('1h')
    expect(finest(periods, '1d', from(90_000), 10_000_000).name).toBe('1d')
    expect(finest(periods, 'gone', undefined, 10_000_000).name).toBe('5m')
  })
})

describe('a certificate', () => {
  it('is told three weeks before it ends', () => {
    expect(tellCertificate(null)).toBeUndefined()
    expect(tellCertificate(60)).toEqual({ text: '60 d', look: 'muted' })
    expect(tellCertificate(20.9)).toEqual({ text: '20 d', look: 'warn' })
    expect(plain(tellCertificate(1.5)!.text)).toBe('1 d 12 h')
    expect(plain(tellCertificate(-2)!.text)).toBe('expired 2 d ago')
  })
})

describe('a bar', () => {
  it('is told as when it was down, newest first', () => {
    expect(plain(tellSlots(`${'u'.repeat(97)}ddd`, 36))).toBe('down now, for 1 min')
    expect(plain(tellSlots(`uddu${'u'.repeat(90)}puuuuu`, 36))).toBe(
      'down for 36 s, until 3 min ago; down for 1 min, until 58 min ago',
    )
    expect(tellSlots('uu--', 36)).toBe('never down in this time')
    expect(tellSlots('----', 36)).toBe('not checked in this time')
  })
})

describe('what this browser keeps', () => {
  it('is taken for pins only where it is', () => {
    const pin = { source: 'a', aggregate: 'b', title: 'c', unit: 'number' }
    expect(parsePins(JSON.stringify([pin, { source: 1 }, null, 'x']))).toEqual([pin])
    for (const odd of [null, '', '{}', 'nonsense', '[[]]', 'null']) expect(parsePins(odd)).toEqual([])
    expect(parsePins(JSON.stringify(Array.from({ length: 100 }, () => pin)))).toHaveLength(40)
  })
})

describe('a sample of any shape', () => {
  it('is a list of names and values, with their growth', () => {
    const first = flatten({ timestamp: 10, depth: 5, nested: { a: true, list: [1], text: 'x' } })
    expect(first.map(({ key, value, rate }) => [key, value, rate])).toEqual([
      ['depth', 5, null],
      ['nested.a', 'true', null],
      ['nested.text', 'x', null],
    ])
    const second = flatten({ timestamp: 12, depth: 9 }, first)
    expect(second).toMatchObject([{ key: 'depth', rate: 2 }])
    expect(flatten({ timestamp: 12, depth: 9 }, second)).toMatchObject([{ rate: 2 }])
    expect(flatten({ timestamp: 13, depth: 1 }, second)).toMatchObject([{ rate: null }])
  })

  it('of /debug/vars is taken apart by its own parts', () => {
    const sample = {
      timestamp: 1,
      values: { 'memstats.Alloc': 7 },
      texts: { version: 'go1' },
      rates: { 'memstats.Alloc': 3 },
      lists: {},
    }
    expect(flatten(sample)).toMatchObject([
      { key: 'memstats.Alloc', value: 7, rate: 3 },
      { key: 'version', value: 'go1', rate: null },
    ])
    expect([unitOf('memstats.Alloc'), unitOf('memstats.NumGC'), unitOf('requests')]).toEqual([
      'bytes',
      'number',
      'number',
    ])
  })

  it('that is deep, wide or odd does no harm', () => {
    fc.assert(
      fc.property(fc.object({ maxDepth: 10 }), (sample) => {
        for (const { value } of flatten(sample)) expect(['number', 'string']).toContain(typeof value)
      }),
    )
  })
})
