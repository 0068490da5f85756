import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DocumentWriter } from '../../src/recorders/document.ts'
import { flatten } from '../../src/recorders/index.ts'
import { createSystemInfo } from '../../src/systeminfo/index.ts'
import { shipmentOf } from './support.ts'

describe('a flattened sample', () => {
  it('joins keys by dots, and keeps lists of numbers', () => {
    expect(
      flatten({ a: 1, b: { c: 'x', d: { e: true, f: null } }, list: [1, 2.5], none: [], big: 2n ** 64n }),
    ).toEqual({
      a: 1,
      'b.c': 'x',
      'b.d.e': true,
      'b.d.f': null,
      list: [1, 2.5],
      none: [],
      big: 2n ** 64n,
    })
  })

  it('calls items of a list by their name or label, where each has one of its own, else by their place', () => {
    expect(
      flatten({
        s: [
          { name: 'a', t: 1 },
          { name: 'b', t: 2 },
        ],
      }),
    ).toEqual({ 's.a.name': 'a', 's.a.t': 1, 's.b.name': 'b', 's.b.t': 2 })
    expect(flatten({ s: [{ label: 'x', v: 1 }] })).toEqual({ 's.x.label': 'x', 's.x.v': 1 })
    expect(flatten({ s: [{ name: 'a' }, { name: 'a' }] })).toEqual({ 's.0.name': 'a', 's.1.name': 'a' })
    expect(flatten({ s: ['x', 1, null, [2]] })).toEqual({ 's.0': 'x', 's.1': 1, 's.2': null, 's.3': [2] })
  })

  it('leaves out what JSON cannot say', () => {
    const given = {
      a: undefined,
      b: Number.NaN,
      c: Number.POSITIVE_INFINITY,
      d: () => 1,
      e: Symbol('e'),
      f: new Date(0),
      g: 1,
    }
    expect(flatten(given)).toEqual({ f: '1970-01-01T00:00:00.000Z', g: 1 })
    expect(flatten({ list: [1, Number.NaN] })).toEqual({ 'list.0': 1 })
  })

  it('is one field of a value that is no object', () => {
    expect(flatten(7)).toEqual({ value: 7 })
    expect(flatten('x')).toEqual({ value: 'x' })
    expect(flatten([1, 2])).toEqual({ '0': 1, '1': 2 })
    expect(flatten(null)).toEqual({ value: null })
  })

  it('has an end: a value that contains itself, and one of a million fields', () => {
    const circle: Record<string, unknown> = { a: 1 }
    circle.again = circle
    expect(Object.keys(flatten(circle)).length).toBeLessThan(100)
    expect(Object.keys(flatten(Array.from({ length: 100_000 }, (_, i) => `${i}`)))).toHaveLength(20_000)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(flatten(JSON.parse('{"__proto__":1,"a":{"__proto__":{"polluted":true}}}'))).toEqual({
      'a.__proto__.polluted': true,
    })
  })

  it('has each leaf once, and no other', () => {
    void fc.assert(
      fc.property(
        fc.object({
          maxDepth: 4,
          withBigInt: true,
          values: [fc.double(), fc.string(), fc.boolean(), fc.constant(null)],
        }),
        (value) => {
          const expected = new Map<string, unknown>()
          const walk = (at: unknown, path: string[]): void => {
            const joined = path.join('.')
            if (typeof at === 'number' && !Number.isFinite(at)) return
            if (Array.isArray(at) && at.every((item) => typeof item === 'bigint' || Number.isFinite(item)))
              expected.set(joined, at)
            else if (typeof at === 'object' && at !== null)
              for (const [key, inner] of Object.entries(at)) walk(inner, [...path, key])
            else if (at !== undefined) expected.set(joined, at)
          }
          walk(value, [])
          expected.delete('__proto__')
          const flat = flatten(value)
          expect(Object.keys(flat).sort()).toEqual([...expected.keys()].sort())
          for (const [key, leaf] of expected) expect(flat[key]).toEqual(leaf)
        },
      ),
    )
  })
})

describe('a document', () => {
  it('is what JSON.stringify makes of it', () => {
    void fc.assert(
      fc.property(
        fc.dictionary(
          // A key without letters gets a name of its own.
          fc.string({ minLength: 1 }).filter((key) => key !== '_'),
          fc.oneof(
            fc.double(),
            fc.string({ unit: 'binary' }),
            fc.boolean(),
            fc.constant(null),
            fc.array(fc.double()),
          ),
        ),
        (fields) => {
          const writer = new DocumentWriter()
          const shipment = shipmentOf(fields)
          for (let i = 0; i < 2; i++) {
            const read = JSON.parse(writer.write(writer.begin(shipment), fields))
            const { '@timestamp': at, reader, type_name, ...rest } = read
            expect([at, reader, type_name]).toEqual(['2026-11-22T03:00:00.500Z', 'FirstApp', 'my_app1'])
            expect(Object.values(rest)).toEqual(Object.values(JSON.parse(JSON.stringify(fields))))
          }
        },
      ),
    )
  })

  it('keeps all digits of integers', () => {
    const writer = new DocumentWriter()
    const fields = { max: 2n ** 63n - 1n, min: -(2n ** 63n), unsigned: 2n ** 64n - 1n }
    expect(writer.write('{"a":1', fields)).toBe(
      '{"a":1,"max":9223372036854775807,"min":-9223372036854775808,"unsigned":18446744073709551615}',
    )
  })

  it('of a real machine has its numbers', async () => {
    const source = createSystemInfo({})
    const sample = await source.collect(Date.now(), undefined, new AbortController().signal)
    const fields = flatten(sample)
    expect(fields['memory.total']).toBe((sample as { memory: { total: number } }).memory.total)
    expect(Object.keys(fields).length).toBeGreaterThan(20)
    await source.close?.()
  })
})
