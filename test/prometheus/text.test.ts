import { describe, expect, it } from 'vitest'
import {
  type Family,
  familiesText,
  familiesTextInSlices,
  mergeFamilies,
  negotiate,
} from '../../src/prometheus/index.ts'

const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'

describe('an Accept header', () => {
  it.each([
    [PROMETHEUS_3, 'openmetrics'],
    ['text/plain;version=0.0.4', 'prometheus'],
    ['text/plain; version=0.0.4; charset=utf-8', 'prometheus'],
    ['application/openmetrics-text', 'openmetrics'],
    ['application/openmetrics-text;q=0.1,text/plain;version=0.0.4;q=0.9', 'prometheus'],
    ['application/openmetrics-text;q=0', undefined],
    [BROWSER, undefined],
    ['*/*', undefined],
    ['text/plain', undefined],
    [undefined, undefined],
  ])('%s asks for %s', (accept, format) => {
    expect(negotiate(accept)).toBe(format)
  })
})

describe('the text of families', () => {
  const families: Family[] = [
    {
      name: 'disk_read_bytes',
      type: 'counter',
      help: 'Bytes \\ read\nsince boot.',
      points: [{ labels: { device: 'a"\\\nb' }, value: 9007199254740993n }],
    },
    {
      name: 'load',
      type: 'gauge',
      help: 'Load.',
      points: [{ value: 0.5 }, { labels: { of: '5' }, value: Number.POSITIVE_INFINITY }],
    },
    { name: 'empty', type: 'gauge', help: 'Nothing.', points: [] },
    { name: 'build', type: 'info', help: 'Build.', points: [{ labels: { version: '1' }, value: 1 }] },
    { name: 'load', type: 'gauge', help: 'Other.', points: [{ labels: { of: '15' }, value: Number.NaN }] },
    { name: 'seen', type: 'unknown', help: 'Seen.', points: [{ value: -1e21 }] },
  ]

  it('is the text format 0.0.4, each family once', () => {
    expect(familiesText(families, 'prometheus')).toBe(
      [
        '# HELP disk_read_bytes_total Bytes \\\\ read\\nsince boot.',
        '# TYPE disk_read_bytes_total counter',
        'disk_read_bytes_total{device="a\\"\\\\\\nb"} 9007199254740993',
        '# HELP load Load.',
        '# TYPE load gauge',
        'load 0.5',
        'load{of="5"} +Inf',
        'load{of="15"} NaN',
        '# HELP build_info Build.',
        '# TYPE build_info gauge',
        'build_info{version="1"} 1',
        '# HELP seen Seen.',
        '# TYPE seen untyped',
        'seen -1e+21',
        '',
      ].join('\n'),
    )
  })

  it('is OpenMetrics, where a counter is named without _total and the end is marked', () => {
    const text = familiesText(families, 'openmetrics')
    expect(text).toContain('# TYPE disk_read_bytes counter\ndisk_read_bytes_total{')
    expect(text).toContain('# TYPE build info\nbuild_info{version="1"} 1\n')
    expect(text).toContain('# TYPE seen unknown\n')
    expect(text.endsWith('# EOF\n')).toBe(true)
  })
})

describe('the text of many families', () => {
  const large: Family[] = Array.from({ length: 30 }, (_, family) => ({
    name: `family_${family}`,
    type: 'gauge',
    help: 'One of many.',
    points: Array.from({ length: 3000 }, (_, i) => ({ labels: { i: String(i), of: 'many' }, value: i / 7 })),
  }))

  it('is the same in slices, between which other work has its turn', async () => {
    let turns = 0
    const turn = (): void => {
      turns++
      if (turns < 1e6) immediate = setImmediate(turn)
    }
    let immediate = setImmediate(turn)
    const text = familiesTextInSlices(large, 'openmetrics')
    expect(text).toBeInstanceOf(Promise)
    expect(await text).toBe(familiesText(large, 'openmetrics'))
    clearImmediate(immediate)
    expect(turns).toBeGreaterThan(2)
  })

  it('is there at once where it is short', () => {
    const [first] = large
    const short = [{ ...first!, points: first!.points.slice(0, 10) }]
    expect(familiesTextInSlices(short, 'prometheus')).toBe(familiesText(short, 'prometheus'))
  })

  it('is made of parts that are made only when it is their turn', () => {
    const made: number[] = []
    const family: Family = {
      name: 'lazy',
      type: 'gauge',
      help: 'Lazy.',
      get points(): never {
        throw new Error('asked for all at once')
      },
      *parts() {
        for (let i = 0; i < 3; i++) {
          made.push(i)
          yield [{ labels: { i: String(i) }, value: i }]
        }
      },
    }
    expect(familiesText([family], 'prometheus').split('\n').slice(2, 5)).toEqual([
      'lazy{i="0"} 0',
      'lazy{i="1"} 1',
      'lazy{i="2"} 2',
    ])
    expect(made).toEqual([0, 1, 2])
  })

  it('has no heading for parts that are all empty', () => {
    const family: Family = { name: 'none', type: 'gauge', help: 'None.', points: [], parts: () => [[], []] }
    expect(familiesText([family], 'prometheus')).toBe('')
  })

  it('holds the points of all families of one name, also of those made in parts', () => {
    const parted: Family = {
      name: 'x',
      type: 'gauge',
      help: 'X.',
      points: [{ value: 1 }],
      parts: () => [[{ value: 1 }]],
    }
    const plain: Family = { ...large[0]!, name: 'x', points: [{ labels: { i: '2' }, value: 2 }] }
    const expected = '# HELP x X.\n# TYPE x gauge\nx 1\nx{i="2"} 2\n'
    expect(familiesText([parted, plain], 'prometheus')).toBe(expected)
    expect(familiesText(mergeFamilies([parted, plain]), 'prometheus')).toBe(expected)
  })
})
