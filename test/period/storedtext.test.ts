import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeHistory, placeHistory } from '../../src/period/history.ts'
import { Rings } from '../../src/period/rings.ts'
import { parseHistory } from '../../src/period/storedtext.ts'

const ask = { seq: 7, newestMs: 3_000_000_000, others: {} }
const same = (value: unknown) => value

/** The file of these entries, each in a slot of its own. */
function written(entries: readonly unknown[], others: Record<string, unknown> = {}): Buffer {
  const rings = new Rings<unknown, unknown>((_, sample) => sample)
  entries.forEach((entry, i) => {
    rings.fold(ask.newestMs - i * 3000, entry)
  })
  return Buffer.from([...encodeHistory(rings, same, { ...ask, others })].join(''))
}

function read(file: Buffer): Rings<unknown, unknown> {
  const rings = new Rings<unknown, unknown>((_, sample) => sample)
  placeHistory(parseHistory(file), rings, same, 0, ask.newestMs)
  return rings
}

const entry = fc.oneof(
  fc.record({
    timestamp: fc.nat(),
    text: fc.string({ unit: 'binary' }),
    list: fc.array(fc.double({ noNaN: true })),
  }),
  fc.jsonValue().filter((value) => value !== null),
)

describe('a history file as text', () => {
  it('is JSON like any other, and its entries are the same whether they are parsed or not', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
        const file = written(entries, { '1y': { interval: '87h36m0s', entries, timestamps: [] } })
        const plain = JSON.parse(file.toString()) as { entries: Record<string, { entries: unknown[] }> }
        expect(JSON.parse(JSON.stringify(parseHistory(file)))).toEqual({ ...plain, crc32: undefined })
        const texts = (list: readonly unknown[]) => list.map((each) => JSON.stringify(each))
        expect(texts(read(file).rings.get('5m')!.list(ask.newestMs))).toEqual(
          texts(plain.entries['5m']!.entries),
        )
      }),
    )
  })

  it('is no history when it is cut anywhere, and no other one when a byte of it is changed', () => {
    const file = written([
      { timestamp: 1, depth: 10 },
      { timestamp: 2, depth: 20 },
      { timestamp: 3, depth: 30 },
    ])
    const whole = read(file).rings.get('5m')!.list(ask.newestMs)
    expect(whole).toHaveLength(3)
    fc.assert(
      fc.property(fc.nat(file.length - 2), fc.nat(255), (at, byte) => {
        expect(() => parseHistory(file.subarray(0, at))).toThrow(SyntaxError)
        const changed = Buffer.from(file)
        changed[at] = byte
        // What is not what was written is read as any JSON, each entry looked at: it throws, or tells what stands there.
        let json: unknown
        try {
          json = parseHistory(changed)
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError)
          return
        }
        if (!changed.equals(file)) expect(json).toEqual(JSON.parse(changed.toString()))
      }),
      { numRuns: 2000 },
    )
  })

  it('leaves out what turns out to be no entry when somebody looks, and goes on', () => {
    const rings = new Rings<unknown, unknown>((_, sample) => sample)
    const decode = (json: unknown) => {
      if (json === 'broken') throw new Error('no entry')
      return json
    }
    placeHistory(parseHistory(written([1, 'broken', 3])), rings, decode, 0, ask.newestMs)
    expect(rings.rings.get('5m')!.list(ask.newestMs)).toEqual([3, 1])
    rings.fold(ask.newestMs - 3000, 2)
    expect(rings.rings.get('5m')!.list(ask.newestMs)).toEqual([3, 2, 1])
    const again = read(Buffer.from([...encodeHistory(rings, same, ask)].join('')))
    expect(again.rings.get('5m')!.list(ask.newestMs)).toEqual([3, 2, 1])
  })
})
