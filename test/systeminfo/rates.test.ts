import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Counters, percentOf, ratesOf, round2 } from '../../src/systeminfo/rates.ts'

function look(at: number, devices: Record<string, number[]>): Counters {
  return { at, devices: new Map(Object.entries(devices)) }
}

describe('rates', () => {
  it('are growth per second of monotonic time', () => {
    expect(ratesOf(look(1000, { sda: [10, 0] }), look(3000, { sda: [30, 4096] }), 'sda')).toEqual([10, 2048])
  })

  it('are null at the first look, for a new device, and when no time passed', () => {
    expect(ratesOf(undefined, look(1000, { sda: [1] }), 'sda')).toBeNull()
    expect(ratesOf(look(0, {}), look(1000, { sda: [1] }), 'sda')).toBeNull()
    expect(ratesOf(look(1000, { sda: [1] }), look(1000, { sda: [2] }), 'sda')).toBeNull()
    expect(ratesOf(look(2000, { sda: [1] }), look(1000, { sda: [2] }), 'sda')).toBeNull()
  })

  it('are null for the whole device when one of its counters went back', () => {
    expect(ratesOf(look(0, { sda: [5, 100] }), look(1000, { sda: [4, 200] }), 'sda')).toBeNull()
  })

  it('are null, never huge, when a 32-bit counter wrapped', () => {
    expect(ratesOf(look(0, { eth0: [4_294_967_295] }), look(1000, { eth0: [10] }), 'eth0')).toBeNull()
  })

  it('go on for the others when one device was reset', () => {
    const before = look(0, { sda: [5], sdb: [5] })
    const after = look(1000, { sda: [1], sdb: [6] })
    expect([ratesOf(before, after, 'sda'), ratesOf(before, after, 'sdb')]).toEqual([null, [1]])
  })

  it('agree with a naive model, in whatever order devices come and go', () => {
    const devices = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.array(fc.nat(), { minLength: 2, maxLength: 2 }),
    )
    fc.assert(
      fc.property(devices, devices, fc.integer({ min: -2, max: 5 }), (before, after, seconds) => {
        const newer = look(seconds * 1000, Object.fromEntries(Object.entries(after).reverse()))
        for (const name of ['a', 'b', 'c', 'd']) {
          const old = before[name]
          const now = after[name]
          const known = old && now && seconds > 0 && now.every((value, i) => value >= old[i]!)
          const expected = known ? now.map((value, i) => (value - old[i]!) / seconds) : null
          expect(ratesOf(look(0, before), newer, name)).toEqual(expected)
        }
      }),
    )
  })

  it('are never negative, infinite or NaN', () => {
    const counters = fc.array(fc.double({ noNaN: false }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(counters, counters, fc.double(), fc.double(), (before, after, t0, t1) => {
        const rates = ratesOf(look(t0, { x: before }), look(t1, { x: after }), 'x')
        for (const rate of rates ?? []) expect(rate).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

describe('percentages', () => {
  it('have two decimals', () => {
    expect(percentOf(1, 3)).toBe(33.33)
    expect(round2(0.005)).toBe(0.01)
  })

  it('are null of nothing', () => {
    expect(percentOf(0, 0)).toBeNull()
    expect(percentOf(1, Number.NaN)).toBeNull()
  })
})
