import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseExact } from '../../src/expvar/exact.ts'
import { exactJson, int64Of } from '../../src/utils/index.ts'
import { double } from './support.ts'

/** What was parsed, with its integers where they stood. */
function read(text: string): unknown {
  const { value, integer } = parseExact(text)
  const revive = (item: unknown): unknown => {
    if (typeof item === 'string') return integer(item) ?? item
    if (Array.isArray(item)) return item.map(revive)
    if (typeof item !== 'object' || item === null) return item
    return Object.fromEntries(Object.entries(item).map(([key, each]) => [key, revive(each)]))
  }
  return revive(value)
}

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })
/** Texts that look like numbers, like the ends of texts, and like marks. */
const text = fc.oneof(
  fc.string(),
  fc
    .array(fc.constantFrom('"', '\\', '#', ',', ':', '[', ']', '}', ' ', '-', '1234567890123456789'))
    .map((parts) => parts.join('')),
)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    long.map(int64Of),
    text,
    double,
    fc.constantFrom(null, true, 123456789012345680000),
    fc.array(tie('value')),
    fc.dictionary(text, tie('value')),
  ),
}))

describe('exact JSON', () => {
  it('is what was written, to the last digit of 64 bits', () => {
    fc.assert(
      fc.property(value, (written) => {
        expect(read(exactJson([written]))).toEqual([written])
      }),
      { numRuns: 2000 },
    )
  })

  it('may have spaces anywhere', () => {
    const spaced = '{ "a" :\n[ 9007199254740993 ,\t-9223372036854775808 ] , "b": 18446744073709551615\r\n}'
    expect(read(spaced)).toEqual({ a: [9007199254740993n, -(2n ** 63n)], b: 2n ** 64n - 1n })
  })

  it.each([
    ['a fraction', '{"a":1234567890123456.5}', { a: 1234567890123456.5 }],
    ['an exponent', '{"a":12345678901234567e3}', { a: 12345678901234567e3 }],
    ['more than 64 bits', '{"a":123456789012345690000000}', { a: 12345678901234569e7 }],
    ['a text with a number', '{"a":"[9007199254740993,"}', { a: '[9007199254740993,' }],
    [
      'such a text and a number',
      '{"a":":9007199254740993}","b":9007199254740993}',
      { a: ':9007199254740993}', b: 9007199254740993n },
    ],
    [
      'a text like a mark',
      '{"a":"#9007199254740993","b":9007199254740993}',
      { a: '#9007199254740993', b: 9007199254740993n },
    ],
    [
      'a mark written otherwise',
      '{"a":"\\u00239007199254740993","b":9007199254740993}',
      { a: '#9007199254740993', b: 9007199254740993n },
    ],
    ['a key that is a number', '{"9007199254740993":1}', { '9007199254740993': 1 }],
  ])('tells integers from %s', (_, given, expected) => {
    expect(read(given)).toEqual(expected)
  })

  it('refuses what JSON.parse refuses, and nothing else', () => {
    const damaged = fc
      .tuple(value, fc.nat(), fc.constantFrom('', '"', '0', '9', '-', ',', '\\', '#', ' '))
      .map(([written, at, put]) => {
        const json = exactJson({ written })
        const place = at % (json.length + 1)
        return json.slice(0, place) + put + json.slice(place + 1)
      })
    const refuses = (parse: () => unknown) => {
      try {
        parse()
        return false
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError)
        return true
      }
    }
    fc.assert(
      fc.property(damaged, (given) => {
        expect(refuses(() => parseExact(given))).toBe(refuses(() => JSON.parse(given)))
      }),
      { numRuns: 2000 },
    )
  })
})
