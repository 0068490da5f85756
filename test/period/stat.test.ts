import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldStat, isStat, readStat, statOf } from '../../src/period/stat.ts'

describe('a statistic', () => {
  it('tells mean, least and greatest as a naive model does', () => {
    const numbers = fc.array(fc.double({ noNaN: true, min: -1e12, max: 1e12 }), {
      minLength: 1,
      maxLength: 200,
    })
    fc.assert(
      fc.property(numbers, (values) => {
        const stat = statOf(values[0]!)
        for (const value of values.slice(1)) foldStat(stat, value)
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length
        expect(readStat(stat, 'min')).toBe(Math.min(...values))
        expect(readStat(stat, 'max')).toBe(Math.max(...values))
        expect(Math.abs(readStat(stat, 'mean') - mean)).toBeLessThanOrEqual(Math.abs(mean) * 1e-9 + 1e-3)
        expect(isStat(JSON.parse(JSON.stringify(stat)))).toBe(true)
      }),
    )
  })

  it('has a mean that never leaves its least and greatest', () => {
    const stat = statOf(0.1)
    for (let i = 0; i < 1_000_000; i++) foldStat(stat, 0.1)
    expect(readStat(stat, 'mean')).toBe(0.1)
  })

  it.each([[null], [[1, 2, 3]], [[0, 0, 0, 0]], [[1, 2, 3, 2]], [[1, 'a', 0, 0]], [{}]])(
    'is not %j',
    (json) => {
      expect(isStat(json)).toBe(false)
    },
  )
})
