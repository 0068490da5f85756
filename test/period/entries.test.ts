import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Entries } from '../../src/period/entries.ts'
import { PERIODS, withPeriods } from '../../src/period/periods.ts'

const ring = (name: string) => new Entries<number[]>(PERIODS.find((period) => period.name === name)!)
const collect = (value: number) => (entry: number[] | undefined) => [...(entry ?? []), value]

describe('a ring', () => {
  it('shows the first entry at once', () => {
    const month = ring('1mo')
    month.add(1_000_000, collect(1))
    expect(month.list(1_000_000)).toEqual([[1]])
  })

  it('puts all samples of a slot into its one entry', () => {
    const five = ring('5m')
    for (const ms of [3000, 4000, 5999, 6000]) five.add(ms, collect(ms))
    expect(five.list(6000)).toEqual([[3000, 4000, 5999], [6000]])
  })

  it('keeps a time without samples as a gap', () => {
    const five = ring('5m')
    five.add(0, collect(0))
    five.add(30_000, collect(30))
    expect(five.list(30_000)).toEqual([[0], [30]])
    expect(five.slots().map(({ number }) => number)).toEqual([0, 10])
  })

  it('gives of its newest slots alone, counted in time and not in entries', () => {
    const five = ring('5m')
    for (const ms of [0, 3000, 6000, 27_000]) five.add(ms, collect(ms))
    expect(five.list(8999, 2)).toEqual([[3000], [6000]])
    expect(five.list(29_999, 1)).toEqual([[27_000]])
    expect(five.list(29_999, 2)).toEqual([[27_000]])
    expect(five.list(30_000, 1)).toEqual([])
    expect(five.list(29_999, 500)).toEqual(five.list(29_999))
  })

  it('never serves an entry older than its period', () => {
    const five = ring('5m')
    five.add(0, collect(0))
    expect(five.list(299_999)).toEqual([[0]])
    expect(five.list(300_000)).toEqual([])
  })

  it('keeps entries of the future unserved until their time comes', () => {
    const five = ring('5m')
    five.add(600_000, collect(1))
    expect(five.list(0)).toEqual([])
    expect(five.list(600_000)).toEqual([[1]])
  })

  it('holds at every moment what a naive model holds, whatever the clock does', () => {
    const steps = fc.array(fc.integer({ min: -400_000, max: 400_000 }), { maxLength: 300 })
    fc.assert(
      fc.property(steps, fc.constantFrom(...PERIODS), (jumps, period) => {
        const entries = new Entries<number[]>(period)
        const model = new Map<number, { number: number; values: number[] }>()
        let now = 1e12
        for (const jump of jumps) {
          now += jump
          const number = Math.floor(now / period.intervalMs)
          const place = number % 100
          const held = model.get(place)
          if (held?.number === number) held.values.push(now)
          else model.set(place, { number, values: [now] })
          const at = now
          entries.add(at, collect(at))
          const served = [...model.values()]
            .filter((slot) => slot.number <= number && slot.number > number - 100)
            .sort((a, b) => a.number - b.number)
            .map(({ values }) => values)
          expect(entries.list(now)).toEqual(served)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('the periods', () => {
  it('are the five of the original, 100 slots each', () => {
    const table = PERIODS.map(({ name, intervalMs }) => [name, intervalMs / 1000])
    expect(table).toEqual([
      ['5m', 3],
      ['15m', 9],
      ['1h', 36],
      ['1d', 864],
      ['1mo', 25_920],
    ])
  })

  it('take more from the configuration, in order of length', () => {
    const names = withPeriods({ '1y': 365 * 86_400_000, '30m': 1_800_000 }).map(({ name }) => name)
    expect(names).toEqual(['5m', '15m', '30m', '1h', '1d', '1mo', '1y'])
  })

  it.each([
    [{ '1h': 7_200_000 }, 'period 1h is built in'],
    [{ 'a b': 7_200_000 }, 'invalid period name "a b"'],
    [{ short: 99_999 }, 'between 100s and 36500d'],
    [{ never: Number.NaN }, 'between 100s and 36500d'],
    [Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`p${i}`, 1e6])), 'at most 10'],
  ])('refuse %j', (extra, reason) => {
    expect(() => withPeriods(extra as Record<string, number>)).toThrow(reason)
  })
})
