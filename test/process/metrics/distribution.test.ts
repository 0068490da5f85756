import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  Distribution,
  defaultBucketer,
  fixedWidthBucketer,
  geometricBucketer,
} from '../../../src/process/index.ts'

describe('a bucketer', () => {
  it('of fixed width has a bucket below 0 and one above the last', () => {
    const bucketer = fixedWidthBucketer(10, 1)
    const places = [-100, -1, 0, 5, 10, 100].map((value) => bucketer.bucketOf(value))
    expect(places).toEqual([0, 0, 1, 1, 2, 2])
    expect(bucketer.finite + 2).toBe(3)
  })

  it('that is geometric grows by its factor', () => {
    const bucketer = geometricBucketer(4, 4)
    const places = [-1, 0, 1, 3, 4, 15, 16, 63, 64].map((value) => bucketer.bucketOf(value))
    expect(places).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4])
    expect(bucketer.finite + 2).toBe(6)
  })

  it('that is scaled begins at its scale', () => {
    const bucketer = geometricBucketer(4, 4, 100)
    const places = [100, 300, 400, 1500, 1600, 6300, 6400].map((value) => bucketer.bucketOf(value))
    expect(places).toEqual([1, 1, 2, 2, 3, 3, 4])
  })

  it('by default has five buckets to a power of ten, whose bounds are exact', () => {
    const bucketer = defaultBucketer()
    expect(bucketer.finite + 2).toBe(102)
    expect([0.99, 1, 10, 100, 1e5, 1e20].map((value) => bucketer.bucketOf(value))).toEqual([
      0, 1, 6, 11, 26, 101,
    ])
  })

  it.each([
    ['no bucket', () => fixedWidthBucketer(10, -1)],
    ['no width', () => fixedWidthBucketer(-1, 1)],
    ['half a bucket', () => fixedWidthBucketer(1, 1.5)],
    ['too many buckets', () => fixedWidthBucketer(1, 1e9)],
    ['growth -1', () => geometricBucketer(-1, 4)],
    ['growth 0', () => geometricBucketer(0, 4)],
    ['growth 0.5', () => geometricBucketer(0.5, 4)],
    ['growth 1', () => geometricBucketer(1, 4)],
    ['growth NaN', () => geometricBucketer(Number.NaN, 4)],
    ['growth beyond numbers', () => geometricBucketer(1e200, 4)],
    ['-1 buckets', () => geometricBucketer(4, -1)],
    ['scale -1', () => geometricBucketer(4, 4, -1)],
    ['scale 0', () => geometricBucketer(4, 4, 0)],
  ])('with %s is refused', (_, make) => {
    expect(make).toThrow(RangeError)
  })

  it('finds the bucket that a walk over all bounds finds', () => {
    const bucketer = fc.oneof(
      fc
        .record({
          width: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
          finite: fc.integer({ min: 1, max: 50 }),
        })
        .map(({ width, finite }) => fixedWidthBucketer(width, finite)),
      fc
        .tuple(
          fc.double({ min: 1.01, max: 10, noNaN: true }),
          fc.integer({ min: 1, max: 50 }),
          fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        )
        .map(([growth, finite, scale]) => geometricBucketer(growth, finite, scale)),
    )
    fc.assert(
      fc.property(bucketer, fc.double({ noNaN: true }), (buckets, value) => {
        const below = [...buckets.bounds].filter((bound) => bound <= value).length
        expect(buckets.bucketOf(value)).toBe(below)
      }),
    )
  })
})

describe('a distribution', () => {
  it('grows up to the highest bucket that was hit', () => {
    const distribution = new Distribution(fixedWidthBucketer(10, 2))
    expect([distribution.lastNonZeroBucket, distribution.mean]).toEqual([-1, null])
    const seen = [1, 10, 20, 30].map((value) => {
      distribution.add(value)
      return [...distribution.counts]
    })
    expect(seen).toEqual([
      [0, 1],
      [0, 1, 1],
      [0, 1, 1, 1],
      [0, 1, 1, 2],
    ])
    const { sum, count, lastNonZeroBucket, mean } = distribution
    expect([sum, count, lastNonZeroBucket, mean]).toEqual([61, 4, 3, 15.25])
  })

  it('takes the default bucketer', () => {
    const distribution = new Distribution()
    for (const value of [3.2, 5.3]) distribution.add(value)
    expect(distribution.counts).toEqual([0, 0, 0, 1, 1])
  })

  it('counts what geometric and linear buckets of the wire hold', () => {
    const geometric = new Distribution(geometricBucketer(2, 20))
    for (const value of [0, 4, 1024, 1536, 1048576]) geometric.add(value)
    const expected = Array.from({ length: 22 }, () => 0)
    for (const [bucket, hits] of [
      [0, 1],
      [3, 1],
      [11, 2],
      [21, 1],
    ] as const)
      expected[bucket] = hits
    expect([geometric.count, geometric.mean, geometric.counts]).toEqual([5, 210228, expected])
    const linear = new Distribution(fixedWidthBucketer(10, 2))
    for (const value of [0, 1, 2, 20]) linear.add(value)
    expect([linear.mean, linear.counts]).toEqual([5.75, [0, 3, 0, 1]])
  })

  it('is copied whole', () => {
    const original = new Distribution()
    original.add(5)
    const copy = original.clone()
    copy.add(7)
    expect([original.count, original.sum, copy.count, copy.sum]).toEqual([1, 5, 2, 12])
    expect(original.counts).not.toEqual(copy.counts)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %s', (value) => {
    const distribution = new Distribution()
    expect(() => distribution.add(value)).toThrow(RangeError)
    expect([distribution.count, distribution.sum]).toEqual([0, 0])
  })

  it('takes in another one of the same buckets, and none of others', () => {
    const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 30 })
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const [one, other, both] = [a, b, [...a, ...b]].map((values) => {
          const distribution = new Distribution()
          for (const value of values) distribution.add(value)
          return distribution
        })
        one!.merge(other!)
        expect([one!.count, one!.counts]).toEqual([both!.count, both!.counts])
        expect(one!.sum).toBeCloseTo(both!.sum, 3)
      }),
    )
    expect(() => new Distribution().merge(new Distribution(fixedWidthBucketer(1, 1)))).toThrow(
      /buckets differ/,
    )
  })

  it('knows its percentiles as well as its buckets tell', () => {
    const values = fc.array(fc.double({ min: 1, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (given, part) => {
        const distribution = new Distribution()
        for (const value of given) distribution.add(value)
        const sorted = given.toSorted((a, b) => a - b)
        const exact = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]!
        const found = distribution.quantile(part)!
        expect(found).toBeGreaterThanOrEqual((exact / 10 ** 0.2) * (1 - 1e-9))
        expect(found).toBeLessThanOrEqual(exact * 10 ** 0.2 * (1 + 1e-9))
      }),
    )
    expect(new Distribution().quantile(0.5)).toBeNull()
  })
})
