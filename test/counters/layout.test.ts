import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCounters, openCounters, printCounters } from '../../src/counters/index.ts'
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
  // Valid files with some bytes changed and their end cut: random bytes alone never pass the header. One has no statics.
  const label = Buffer.from('кириллица, ASCII, 漢字 and 🙂')
  const valid = [128, 4, 1664].map((staticsLength) => {
    const bytes = encode({
      staticsLength,
      capacity: 4,
      slots: [
        { id: 1n, label: label.toString(), value: 1n },
        { id: 2n, label: 'two', status: 3 },
        { id: 3n, label: 'three', value: -3n },
      ],
    })
    // One static, where there is room.
    if (staticsLength > 4)
      Buffer.from([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, ...Buffer.from('ab=cd')]).copy(bytes, 128)
    return { bytes, metadata: 128 + staticsLength }
  })
  const telling = fc.constantFrom(0, 4, 8, 12, 16, 20, 24, 28, 128, 132, 136)
  const slot = fc.tuple(fc.nat(3), fc.constantFrom(0, 4, 128, 132, 2048)).map(([n, at]) => n * 512 + at)
  const word = fc
    .oneof(
      fc.constantFrom(0, -1, 1, 2, 3, 4, 128, 379, 380, 381, 512, 2048, 2 ** 31 - 1, -(2 ** 31)),
      fc.integer(),
    )
    .map((number) => {
      const bytes = Buffer.alloc(4)
      bytes.writeInt32LE(number)
      return bytes
    })
  const some = fc.uint8Array({ minLength: 1, maxLength: 16 })
  const file = fc.nat(valid.length - 1)
  const change = fc.oneof(
    fc.record({ at: telling, slot: fc.constant(false), bytes: word }),
    fc.record({ at: slot, slot: fc.constant(true), bytes: word }),
    // Of a label: what is cut within a character, or no character at all.
    fc.record({ at: fc.nat({ max: 40 }).map((at) => 132 + at), slot: fc.constant(true), bytes: some }),
    fc.record({ at: fc.nat({ max: 8191 }), slot: fc.constant(false), bytes: some }),
  )
  const changes = fc.array(change, { maxLength: 4 })
  const cut = fc.oneof(fc.constant(8192), fc.constant(8192), fc.nat({ max: 8192 }))

  test('give values or a clear error in 100,000 runs, the same mapped and read', () => {
    const path = join(folder(), 'any.dat')
    const fd = openSync(path, 'w+')
    let read = 0
    const outcome = (mapped: boolean): string => {
      try {
        using reader = openCounters(path, { mapped })
        const printed = printCounters(reader).toString('latin1')
        read++
        return printed
      } catch (error) {
        if (error instanceof MetricsError) return error.message
        throw error
      }
    }
    try {
      fc.assert(
        fc.property(file, changes, cut, (which, places, end) => {
          const { bytes, metadata } = valid[which]!
          const any = Buffer.from(bytes)
          for (const change of places)
            Buffer.from(change.bytes).copy(any, change.slot ? metadata + change.at : change.at)
          writeSync(fd, any, 0, Math.min(end, any.length), 0)
          ftruncateSync(fd, Math.min(end, any.length))
          const [mapped, unmapped] = [outcome(true), outcome(false)]
          if (mapped !== unmapped) throw new Error(`mapped: ${mapped}, read: ${unmapped}`)
        }),
        { numRuns: 100_000 },
      )
    } finally {
      closeSync(fd)
    }
    expect(read).toBeGreaterThan(40_000)
  }, 120_000)

  test('that are random altogether are an error', () => {
    const path = join(folder(), 'any.dat')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
        writeFileSync(path, bytes)
        expect(() => openCounters(path)).toThrow(MetricsError)
      }),
      { numRuns: 500 },
    )
  })
})
