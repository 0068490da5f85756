import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvOf, summarise } from '../../../web/src/charts/definition.ts'
import { parseExact } from '../../../web/src/state/json.ts'
import { columnsOf, History, lonely, type Row, rowsOf } from '../../../web/src/state/series.ts'

const NOW = 1_700_000_000
/** Rows of a value each three seconds, back from now, but for those that `gone` takes out. */
const rows = (count: number, gone: (i: number) => boolean = () => false): Row[] =>
  Array.from({ length: count }, (_, i) => ({ timestamp: NOW - (count - 1 - i) * 3, value: i })).filter(
    (_, i) => !gone(i),
  )

function history(given: readonly Row[], slotSeconds = 3): History {
  const made = new History(slotSeconds)
  made.add(given, true)
  return made
}

describe('a history on the page', () => {
  it('keeps no more than a period, also where nobody lists it', () => {
    const kept = history(rows(100))
    for (let i = 1; i <= 50; i++) kept.add([{ timestamp: NOW + i * 3, value: 100 + i }], false)
    const slot = Math.floor(NOW / 3)
    expect([slot - 99, slot - 50, slot - 49, slot + 50].map((each) => kept.at(each)?.value)).toEqual([
      undefined,
      undefined,
      50,
      150,
    ])
  })

  it('goes on where the clock was set back', () => {
    const kept = history(rows(100))
    const back = NOW - 3600
    for (let i = 1; i <= 20; i++) kept.add([{ timestamp: back + i * 3, value: -i }], false)
    expect(kept.list(back + 60).map(([, row]) => row.value)).toContain(-20)
    expect(kept.list(back + 60)).toHaveLength(100)
    expect(kept.list(back + 60)[0]?.[1].value).toBe(-1)
  })

  it('takes the newest rows into the places of those they replace', () => {
    const kept = history([
      { timestamp: 99, value: 1 },
      { timestamp: 102, value: 2 },
    ])
    kept.add(
      [
        { timestamp: 103, value: 3 },
        { timestamp: 105, value: 4 },
      ],
      false,
    )
    expect(kept.list(106).map(([, row]) => row.value)).toEqual([1, 3, 4])
    kept.add([{ timestamp: 105, value: 9 }], true)
    expect(kept.list(106).map(([, row]) => row.value)).toEqual([9])
  })

  it('lets go of what is older than its hundred slots', () => {
    const kept = history(rows(150))
    expect(kept.list(NOW)).toHaveLength(100)
    expect(kept.list(NOW + 150)).toHaveLength(50)
    expect(kept.list(NOW + 1000)).toHaveLength(0)
  })

  it('holds, after any sequence of messages, the newest row of each slot that is still in time', () => {
    const message = fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 30 })
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
        const kept = new History(10)
        const naive = new Map<number, number>()
        for (const times of messages) {
          kept.add(
            times.map((timestamp) => ({ timestamp, at: timestamp })),
            false,
          )
          for (const time of times) naive.set(Math.floor(time / 10), time)
        }
        const oldest = Math.floor(2000 / 10) - 99
        const expected = [...naive].filter(([slot]) => slot >= oldest).sort(([a], [b]) => a - b)
        expect(kept.list(2000).map(([slot, row]) => [slot, row.at])).toEqual(expected)
      }),
    )
  })
})

describe('columns of a chart', () => {
  it('show a time without samples as a gap', () => {
    const { x, columns } = columnsOf(history(rows(20, (i) => i > 5 && i < 12)), NOW)
    expect(columns[0]!.mean.filter((value) => value === null)).toHaveLength(1)
    expect(columns[0]!.mean[6]).toBeNull()
    expect(x).toEqual([...x].sort((a, b) => a - b))
  })

  it('show what is read rarely as one line', () => {
    const { columns } = columnsOf(history(rows(96, (i) => i % 10 !== 0)), NOW)
    expect(columns[0]!.mean).not.toContain(null)
    expect(
      columnsOf(history(rows(96, (i) => i % 10 !== 0 || (i > 30 && i < 70))), NOW).columns[0]!.mean,
    ).toContain(null)
  })

  it('have a null for a device that was not there, and least and greatest of the same slots', () => {
    const mean = history([
      { timestamp: NOW - 3, sda: 1 },
      { timestamp: NOW, sda: 2, sdb: 5 },
    ])
    const min = history([
      { timestamp: NOW - 3, sda: 0 },
      { timestamp: NOW, sda: 1, sdb: 4 },
    ])
    const max = history([{ timestamp: NOW, sda: 3, sdb: 6 }])
    expect(columnsOf(mean, NOW, { min, max }).columns).toEqual([
      { key: 'sda', mean: [1, 2], min: [0, 1], max: [null, 3] },
      { key: 'sdb', mean: [null, 5], min: [null, 4], max: [null, 6] },
    ])
  })

  it('never go back in time, whatever the clock did', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: NOW - 290, max: NOW })), (times) => {
        const { x } = columnsOf(history(times.map((timestamp) => ({ timestamp, v: 1 }))), NOW)
        for (let i = 1; i < x.length; i++) expect(x[i]).toBeGreaterThan(x[i - 1]!)
      }),
    )
  })

  it('find the points that no line reaches', () => {
    expect(lonely([1, null, 2, 3, null, 4])).toEqual([0, 5])
    expect(lonely([null, 1, null])).toEqual([1])
    expect(lonely([1, 2])).toEqual([])
    expect(lonely([])).toEqual([])
  })

  it('are summed up within a zoom', () => {
    const columns = columnsOf(history(rows(10)), NOW)
    expect(summarise(columns, 'value', undefined)).toEqual({ mean: 4.5, min: 0, max: 9, maxAt: NOW })
    expect(summarise(columns, 'value', { from: NOW - 6, to: NOW - 3 })).toMatchObject({ min: 7, max: 8 })
    expect(summarise(columns, 'value', { from: 0, to: 1 })).toBeUndefined()
    expect(summarise(columns, 'nothing', undefined)).toBeUndefined()
  })

  it('are CSV that no spreadsheet takes for a formula', () => {
    const kept = history([{ timestamp: NOW, '=cmd()': 1, 'a "b", c': 2.5, '-x': 3 }])
    const two = columnsOf(history(rows(10)), NOW)
    expect(csvOf(two).trim().split('\r\n')).toHaveLength(11)
    // Of what is zoomed into, as it is seen.
    expect(
      csvOf(two, { from: NOW - 6, to: NOW - 3 })
        .trim()
        .split('\r\n'),
    ).toHaveLength(3)
    expect(csvOf(columnsOf(kept, NOW))).toBe(
      `time,'=cmd(),"a ""b"", c",'-x\r\n2023-11-14T22:13:20.000Z,1,2.5,3\r\n`,
    )
  })
})

describe('rows of an answer', () => {
  it('are taken as they are, or made of series and of targets', () => {
    expect(rowsOf([{ timestamp: 1, a: 2 }, { a: 3 }])).toEqual([{ timestamp: 1, a: 2 }])
    const series = [
      { label: 'b', points: [{ timestamp: 2, rate: 5 }] },
      {
        key: 'a',
        points: [
          { timestamp: 1, rate: 4 },
          { timestamp: 2, rate: '9007199254740993' },
        ],
      },
    ]
    expect(rowsOf(series, 'rate')).toEqual([
      { timestamp: 1, a: 4 },
      { timestamp: 2, b: 5, a: 9007199254740992 },
    ])
    const target = {
      alias: 'db',
      statuses: [
        { status: 'healthy', latency: 3, timestamp: 1 },
        { status: 'unhealthy', latency: 9, timestamp: 2 },
      ],
    }
    expect(rowsOf([target], 'latency')).toEqual([
      { timestamp: 1, db: 3 },
      { timestamp: 2, db: null },
    ])
    for (const odd of [undefined, null, 'x', {}, [], [null], [1], ['a']]) expect(rowsOf(odd)).toEqual([])
  })

  it('take any label for a key, and nothing else for a value', () => {
    const series = ['__proto__', 'constructor', ''].map((label, i) => ({
      label,
      points: [{ timestamp: NOW - 3 * i, value: i + 1 }],
    }))
    const { columns } = columnsOf(history(rowsOf(series)), NOW)
    expect(columns.map(({ key, mean }) => [key, mean])).toEqual([
      ['', [3, null, null]],
      ['constructor', [null, 2, null]],
      ['__proto__', [null, null, 1]],
    ])
  })

  it('keep integers beyond 2^53 digit for digit, as text', () => {
    const text =
      '{"a":9007199254740993,"b":[-9223372036854775808,1],"c":1.5e300,"d":"9007199254740993","e":12345678901234567.5}'
    const parsed = parseExact(text) as Record<string, unknown>
    // Node 20 tells a reviver nothing of the source; browsers do.
    const exact = Number(process.versions.node.split('.')[0]) >= 22
    if (exact) expect(parsed).toMatchObject({ a: '9007199254740993', b: ['-9223372036854775808', 1] })
    expect(parsed).toMatchObject({ c: 1.5e300, d: '9007199254740993' })
    expect(typeof parsed.e).toBe('number')
  })
})
