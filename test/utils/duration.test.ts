import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from '../../src/utils/duration.ts'

describe('a duration', () => {
  it.each([
    ['0', 0],
    ['500ms', 500],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['365d', 31_536_000_000],
    ['2w', 1_209_600_000],
    ['-5s', -5000],
    ['+5s', 5000],
    ['.5s', 500],
    ['1h0m0.25s', 3_600_250],
    ['100us', 0.1],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBeCloseTo(ms, 9)
  })

  it.each(['', '5', 's', '5 s', '1x', '--5s', '1h-5m', 'NaN', '1e3s', '5m '])(
    '%j is refused with what is expected',
    (text) => {
      expect(() => parseDuration(text)).toThrow(/invalid duration .*expected a number with a unit/)
    },
  )

  it.each([
    [3000, '3s'],
    [36_000, '36s'],
    [864_000, '14m24s'],
    [25_920_000, '7h12m0s'],
    [2500, '2.5s'],
    [500, '500ms'],
    [0, '0s'],
  ])('%d ms is written as Go writes it: %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (n) => {
        const ms = n % 1e12
        expect(parseDuration(formatDuration(ms))).toBeCloseTo(ms, 3)
      }),
    )
  })
})
