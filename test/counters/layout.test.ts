import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCounters, openCounters } from '../../src/counters/index.ts'
import { MetricsError } from '../../src/utils/index.ts'
import { decode, encode, folder, type Plan } from './support.ts'

/** Opens these bytes and reads everything there is. */
function readAll(path: string, mapped: boolean): void {
  using reader = openCounters(path, { mapped })
  reader.counters()
  reader.statics()
}

describe('a counters file written here', () => {
  test('is read by a decoder that knows only the layout', () => {
    const path = join(folder(), 'a.dat')
    using writer = createCounters(path, { statics: { ключ: '値', b: '2', a: 'one' }, capacity: 8 })
    writer.addCounter('first', -1n)
    writer.addCounter('second', 2n ** 63n - 1n).close()
    writer.addCounter('', 5n)
    const decoded = decode(path)
    expect(decoded.statics).toEqual([
      ['a', 'one'],
      ['b', '2'],
      ['ключ', '値'],
    ])
    expect(decoded.counters).toEqual([
      { id: 1n, label: 'first', value: -1n, slot: 0 },
      { id: 3n, label: '', value: 5n, slot: 1 },
    ])
    expect(decoded).toMatchObject({ version: 1, pid: process.pid })
    expect(Math.abs(decoded.started - Date.now())).toBeLessThan(10_000)
  })

  test('is read by that decoder whatever its statics, labels and values are', () => {
    const path = folder()
    const statics = fc.dictionary(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.string({ unit: 'grapheme' }),
      {
        maxKeys: 5,
      },
    )
    const counters = fc.array(
      fc.tuple(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
      {
        maxLength: 6,
      },
    )
    let n = 0
    fc.assert(
      fc.property(statics, counters, (facts, labelled) => {
        const file = join(path, `${n++}`)
        using writer = createCounters(file, { statics: facts, capacity: labelled.length })
        for (const [label, value] of labelled) writer.addCounter(label, value)
        const decoded = decode(file)
        const wellFormed = (text: string) => Buffer.from(text).toString()
        expect(decoded.counters.map(({ label, value }) => [label, value])).toEqual(
          labelled.map(([label, value]) => [wellFormed(label), value]),
        )
        expect(new Map(decoded.statics)).toEqual(
          new Map(Object.entries(facts).map(([label, value]) => [wellFormed(label), wellFormed(value)])),
        )
        using reader = openCounters(file)
        expect(reader.counters().map(({ id, label, value }) => ({ id, label, value }))).toEqual(
          decoded.counters.map(({ id, label, value }) => ({ id, label, value })),
        )
      }),
      { numRuns: 100 },
    )
  })

  test('pads the statics even when there are none, so that every number is aligned', () => {
    const path = join(folder(), 'a.dat')
    createCounters(path, { capacity: 1 }).close()
    using reader = openCounters(path)
    expect(reader.statics()).toEqual([])
    expect(decode(path).statics).toEqual([])
  })
})

describe('a counters file of another program', () => {
  test.each([true, false])(
    'is read right when it has no statics and its metadata begins at byte 132 (mapped: %s)',
    (mapped) => {
      const path = join(folder(), 'a.dat')
      const slots = [
        { id: 0n, label: 'zero', value: -(2n ** 63n) },
        { id: 9n, label: 'gone', status: 3 },
        { id: 2n ** 54n, label: 'far', value: 2n ** 63n - 1n },
      ]
      writeFileSync(path, encode({ staticsLength: 4, capacity: 5, slots }))
      using reader = openCounters(path, { mapped })
      expect(reader.statics()).toEqual([])
      expect(reader.counters()).toEqual([
        { id: 0n, label: 'zero', value: -(2n ** 63n) },
        { id: 2n ** 54n, label: 'far', value: 2n ** 63n - 1n },
      ])
    },
  )

  test.each<[string, Plan, string, RegExp]>([
    ['is empty', { size: 0 }, 'corrupt', /0 bytes/],
    ['ends in its header', { size: 127 }, 'corrupt', /127 bytes/],
    ['ends before its last value', { capacity: 10, size: 6000 }, 'corrupt', /6000 bytes of the 6656/],
    ['is not yet published', { version: 0 }, 'unavailable', /not published it yet/],
    ['is of a version to come', { version: 2 }, 'corrupt', /version 2, known is 1/],
    ['is no counters file', { version: 0x464c457f }, 'corrupt', /not a counters file/],
    ['has statics of no length', { staticsLength: 0 }, 'corrupt', /statics of 0 bytes/],
    ['has statics of odd length', { staticsLength: 130 }, 'corrupt', /statics of 130 bytes/],
    ['has more counters than can be', { capacity: 10_001 }, 'corrupt', /0…10000/],
    ['has a pid that cannot be', { pid: -(2 ** 60) }, 'corrupt', /start time/],
    ['has a slot of unknown status', { slots: [{ status: 9 }] }, 'corrupt', /slot 0 is neither/],
  ])('is a clear error when it %s', (_, plan, code, message) => {
    const path = join(folder(), 'a.dat')
    writeFileSync(path, encode(plan))
    for (const mapped of [true, false]) {
      expect(() => readAll(path, mapped)).toThrow(
        expect.objectContaining({ code, message: expect.stringMatching(message) }),
      )
    }
  })

  test('is a clear error when a label or a static is longer than its place', () => {
    const path = join(folder(), 'a.dat')
    for (const [at, length] of [
      [256 + 128, 381],
      [256 + 128, -1],
      [128, 2 ** 31 - 1],
      [128, -1],
    ] as const) {
      const bytes = encode({ slots: [{ label: 'a' }] })
      bytes.writeInt32LE(length, at)
      writeFileSync(path, bytes)
      for (const mapped of [true, false])
        expect(() => readAll(path, mapped)).toThrow(/cannot read counters file/)
    }
  })
})

describe('any bytes at all', () => {
  // A valid file with some of its 32-bit words changed and its end cut: random bytes alone never pass the header.
  const valid = encode({
    capacity: 4,
    slots: [
      { id: 1n, label: 'one', value: 1n },
      { id: 2n, label: 'two', status: 3 },
    ],
  })
  const telling = fc.constantFrom(
    0,
    1,
    2,
    3,
    4,
    5,
    7,
    8,
    32,
    33,
    64,
    96,
    97,
    128,
    160,
    193,
    224,
    256,
    576,
    608,
  )
  const value = fc.oneof(
    fc.constantFrom(0, -1, 1, 2, 3, 4, 128, 380, 381, 512, 2048, 2 ** 31 - 1, -(2 ** 31)),
    fc.integer(),
  )
  const changes = fc.array(fc.tuple(telling, value), { maxLength: 4 })
  const length = fc.oneof(fc.constant(valid.length), fc.nat(valid.length))

  test.each([
    [true, 10_000],
    [false, 100_000],
  ])(
    'give values or a clear error, mapped: %s, %d runs',
    (mapped, numRuns) => {
      const path = join(folder(), 'any.dat')
      let read = 0
      fc.assert(
        fc.property(changes, length, (words, end) => {
          const bytes = Buffer.from(valid)
          for (const [word, number] of words) bytes.writeInt32LE(number, word * 4)
          writeFileSync(path, bytes.subarray(0, end))
          try {
            readAll(path, mapped)
            read++
          } catch (error) {
            if (!(error instanceof MetricsError)) throw error
          }
        }),
        { numRuns },
      )
      expect(read).toBeGreaterThan(numRuns / 100)
    },
    120_000,
  )
})
