import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { flatten } from '../../../web/src/flatten.ts'
import { tellSlots } from '../../../web/src/parts/statusbar.tsx'
import { parsePins } from '../../../web/src/pins.ts'
import { machineProblems } from '../../../web/src/problems/machine.ts'
import { pollerProblems } from '../../../web/src/problems/pollers.ts'
import { recorderProblems } from '../../../web/src/problems/recorders.ts'
import { findSince } from '../../../web/src/problems/since.ts'
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

describe('what is wrong', () => {
  const sample = {
    timestamp: 1,
    cpu_average: 100,
    cpu: null,
    load: { load1: 9, load5: 8.4, load15: 7 },
    memory: { total: 1000, available: 80, used: 920, free: 10, used_percent: 92 },
    swap: { total: 0, used: 0, free: 0, used_percent: null },
    disks: {
      sda: { path: '/', fstype: 'ext4', total: 1000, free: 30, used: 960, used_percent: 96.97 },
      sdb: {
        path: '/mnt/nas',
        fstype: 'nfs',
        total: 9,
        free: 9,
        used: 0,
        used_percent: 0,
        stale: true as const,
      },
    },
    disks_io: null,
    network: null,
    sensors: [
      { name: 'cpu', temperature: 88, high: 84, critical: 100 },
      { name: 'odd', temperature: 40, high: 0, critical: 0 },
    ],
    cgroup: null,
  }
  const quiet = { cpu: 12, iowait: 0, steal: 0 }
  const host = { cores: 4 } as never

  it('with a machine is said of what runs short, with where to look since when', () => {
    const problems = machineProblems('system_info', sample, quiet, host)
    expect(problems.map(({ severity, subject, text }) => plain(`${severity} ${subject}: ${text}`))).toEqual([
      'bad Disk /: 96 % full, 30 B left',
      'bad Disk /mnt/nas: does not answer; what is shown is its last answer',
      'warn Memory: 92 % used, 80 B available',
      'warn Load: 8.4 over five minutes, on 4 CPUs',
      'warn cpu: 88 °C, its limit is 84 °C',
    ])
    expect(problems[0]!.since).toEqual({
      source: 'system_info',
      aggregate: 'disk_usage',
      key: 'sda',
      least: 841.5,
    })
    expect(machineProblems('system_info', sample, { cpu: 99, iowait: 70, steal: 20 }, host)).toHaveLength(8)
  })

  it('with a machine is nothing where nothing is known', () => {
    const none = Object.fromEntries(Object.keys(sample).map((key) => [key, null])) as unknown as typeof sample
    expect(machineProblems('system_info', none, { cpu: null, iowait: null, steal: null }, undefined)).toEqual(
      [],
    )
  })

  it('with a source is said once, its faults only while it can be read', () => {
    const state = {
      name: 'x',
      last_sample: 5,
      polls: 1,
      failures: 1,
      late: 0,
      duration_ms: 1,
      last_error: null,
      saved: true,
      faults: [],
    }
    const view = () => ({ view: 'overview' as const })
    expect(pollerProblems([state], view)).toEqual([])
    const broken = { ...state, last_error: 'gone', faults: ['a', 'b'] }
    expect(pollerProblems([broken], view)).toMatchObject([
      { text: 'cannot be read: gone', since: 5, severity: 'bad' },
    ])
    expect(
      pollerProblems([{ ...state, saved: false, faults: ['a'] }], view).map(({ severity }) => severity),
    ).toEqual(['bad', 'warn'])
  })

  it('with a recorder is said with what waits and what is lost', () => {
    const recorder = {
      name: 'main',
      destination: 'http://127.0.0.1:9200',
      shipped: 9,
      refused: 0,
      dropped: 0,
      queued: 0,
      spooled: 0,
      last_shipped: 5,
      last_error: null,
    }
    expect(recorderProblems([recorder])).toEqual([])
    const stuck = { ...recorder, last_error: 'connection refused', queued: 1200, spooled: 30, dropped: 4 }
    expect(recorderProblems([stuck])).toMatchObject([{ severity: 'bad', since: 5 }])
    expect(plain(recorderProblems([stuck])[0]!.text)).toBe(
      'cannot ship to http://127.0.0.1:9200: connection refused; 1 230 wait, 4 are lost',
    )
  })

  it('is dated by the first row of the shortest period that shows its beginning', async () => {
    const over = { key: 'v', least: 90 }
    const periods = ['short', 'long']
    const of =
      (rows: Readonly<Record<string, readonly (readonly [number, number])[]>>) => async (period: string) =>
        rows[period]!.map(([timestamp, v]) => ({ timestamp, v }))
    expect(
      await findSince(
        over,
        periods,
        of({
          short: [
            [1, 50],
            [2, 95],
            [3, 95],
          ],
          long: [],
        }),
      ),
    ).toEqual({ at: 2, atLeast: false })
    const long = {
      short: [
        [90, 95],
        [100, 95],
      ],
      long: [
        [40, 20],
        [60, 91],
        [80, 96],
        [100, 60],
      ],
    } as const
    expect(await findSince(over, periods, of(long))).toEqual({ at: 60, atLeast: false })
    expect(await findSince(over, periods, of({ short: [[9, 95]], long: [[9, 95]] }))).toEqual({
      at: 9,
      atLeast: true,
    })
    expect(await findSince(over, periods, of({ short: [[9, 5]], long: [] }))).toBeUndefined()
  })

  it('with a certificate is said three weeks before', () => {
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
