import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exactJson } from '../../src/utils/index.ts'

describe('exact JSON', () => {
  test('is what JSON.stringify writes for all that it can write', () => {
    const given = {
      a: [undefined, () => {}, Number.NaN],
      b: undefined,
      c: new Date(0),
      d: 'é"\u2028',
      e: { toJSON: () => [1] },
    }
    expect(exactJson({ given, n: 1n })).toBe(`${JSON.stringify({ given }).slice(0, -1)},"n":1}`)
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(exactJson([value, 1n])).toBe(`[${JSON.stringify(value)},1]`)
        expect(exactJson(value)).toBe(JSON.stringify(value))
      }),
    )
  })

  test('writes a bigint as its digits, wherever it is', () => {
    expect(exactJson(2n ** 63n)).toBe('9223372036854775808')
    expect(exactJson({ a: [-1n, { b: 2n ** 64n }], c: '1n' })).toBe(
      '{"a":[-1,{"b":18446744073709551616}],"c":"1n"}',
    )
  })

  test('throws at a value that contains itself', () => {
    const value: unknown[] = [1n]
    value.push(value)
    expect(() => exactJson(value)).toThrow(TypeError)
  })
})
