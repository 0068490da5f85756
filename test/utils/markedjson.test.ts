import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { markedJson, unmarked } from '../../src/utils/index.ts'

describe('marked JSON', () => {
  test('is what JSON.stringify writes where there is no bigint', () => {
    expect(markedJson({ a: '#1', b: 1e17 })).toEqual({
      text: '{"a":"#1","b":100000000000000000}',
      marked: false,
    })
  })

  test('gives back numbers as numbers, bigints as bigints and texts as texts', () => {
    const leaf = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      fc.constantFrom('#', '##1', '#12', 'text', '__proto__'),
    )
    const value = fc.dictionary(fc.constantFrom('a', 'b', '#c'), fc.oneof(leaf, fc.array(leaf)))
    fc.assert(
      fc.property(value, (given) => {
        const { text } = markedJson({ given, sure: 1n })
        expect(unmarked(JSON.parse(text))).toEqual({ given: { ...given }, sure: 1n })
      }),
    )
  })

  test('throws at a value that contains itself', () => {
    const value: { self?: unknown } = {}
    value.self = value
    expect(() => markedJson(value)).toThrow(TypeError)
  })
})
