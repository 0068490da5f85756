import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byteMap } from '../../src/expvar/bytes.ts'
import { parseExact } from '../../src/expvar/exact.ts'
import { Flattener } from '../../src/expvar/flatten.ts'
import { exactJson, int64Of } from '../../src/utils/index.ts'
import { double } from './support.ts'

const flattener = (maxKeys = 1000) => new Flattener(byteMap(), maxKeys)
const flatten = (json: unknown, by = flattener()) => by.flatten(parseExact(exactJson(json)))

/** The table, row by row: nothing of the code under test. */
function naive(json: Record<string, unknown>) {
  const number = (item: unknown) => typeof item === 'number' || typeof item === 'bigint'
  const found: [kind: string, key: string, item: unknown][] = []
  const walk = (object: Record<string, unknown>, prefix: string) => {
    for (const [leaf, item] of Object.entries(object)) {
      const key = prefix + leaf
      if (number(item)) found.push(['values', key, item])
      else if (typeof item === 'string') found.push(['texts', key, item])
      else if (Array.isArray(item)) {
        if (item.length > 0 && !number(item[0])) continue
        const list = item.map((each) => (number(each) ? each : 0))
        const pauses = ['PauseNs', 'PauseEnd'].includes(leaf)
        found.push(['lists', key, pauses ? list.filter((ns) => ns >= 1) : list])
      } else if (typeof item === 'object' && item !== null) walk(item as Record<string, unknown>, `${key}.`)
    }
  }
  walk(json, '')
  const kind = (name: string) =>
    new Map(found.filter(([each]) => each === name).map(([, key, item]) => [key, item]))
  return { values: kind('values'), texts: kind('texts'), lists: kind('lists') }
}

const key = fc.constantFrom('a', 'b', 'a.b', 'Alloc', 'PauseNs', '__proto__', 'constructor', '', '1', '运')
const number = fc.oneof(
  fc.integer(),
  double,
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }).map(int64Of),
)
const { document } = fc.letrec((tie) => ({
  document: fc.dictionary(
    key,
    fc.oneof(
      number,
      fc.string(),
      fc.constantFrom(null, true),
      fc.array(fc.oneof(number, fc.constantFrom('x', null, true, {}))),
      tie('document'),
    ),
  ),
})) as { document: fc.Arbitrary<Record<string, unknown>> }

describe('a flat document', () => {
  it('agrees with the table, whatever the document and those before it', () => {
    const by = flattener()
    fc.assert(
      fc.property(document, (json) => {
        const flat = flatten(json, by)
        const kinds = Object.entries(flat).map(([kind, fields]) => [kind, new Map(Object.entries(fields))])
        expect(Object.fromEntries(kinds)).toEqual(naive(json))
      }),
      { numRuns: 1000 },
    )
  })

  it('of a Go program has its numbers, texts and lists', () => {
    const told = readFileSync('test/fixtures/expvar/go-debug-vars.json', 'utf8')
    const by = flattener()
    const flat = by.flatten(parseExact(told))
    expect(flat.values).toMatchObject({
      'memstats.LastGC': 1795317167162505083n,
      'requests.latency.p99': 12.25,
    })
    expect(flat.texts).toMatchObject({ greeting: 'say "hi"\\\n运行' })
    expect(flat.lists['memstats.PauseEnd']).toEqual([1795317166878182130n, 1795317167162505083n])
    expect([
      ...Object.keys(flat.values),
      ...Object.keys(flat.texts),
      ...Object.keys(flat.lists),
    ]).toHaveLength(52)
    const shipped = by.fields(flat)
    const original = JSON.parse(readFileSync('test/fixtures/expvar/expvastic-document.json', 'utf8'))
    expect(['@timestamp', ...Object.keys(shipped)].sort()).toEqual(Object.keys(original).sort())
  })

  it('is bounded in fields, length of keys and depth, and says what was left out', () => {
    const by = flattener(2)
    expect(flatten({ a: 1, b: 'x', c: [1], d: 2 }, by)).toEqual({
      values: { a: 1 },
      texts: { b: 'x' },
      lists: {},
    })
    expect(by.leftOut).toBe(2)
    flatten({ a: 1 }, by)
    expect(by.leftOut).toBe(0)
    const wide = flattener()
    expect(flatten({ ['k'.repeat(257)]: 1, ['k'.repeat(256)]: 2 }, wide).values).toEqual({
      ['k'.repeat(256)]: 2,
    })
    expect(wide.leftOut).toBe(1)
    let text = '{"bottom":1}'
    for (let i = 0; i < 100_000; i++) text = `{"n":${i},"d":${text}}`
    const flat = wide.flatten(parseExact(text))
    expect(Object.keys(flat.values)).toHaveLength(32)
    expect(wide.leftOut).toBe(1)
  })

  it('stays right when keys come and go by the thousand', () => {
    const by = flattener()
    for (let i = 0; i < 200; i++) {
      const json = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${i}_${n}`, n]))
      expect(Object.keys(flatten({ ...json, Alloc: 2 ** 20 }, by).values)).toHaveLength(501)
    }
    expect(by.fields(flatten({ Alloc: 2 ** 20 }, by))).toEqual({ Alloc: 1 })
  })

  it('ships bytes in the units that were added, and b as it is', () => {
    const by = new Flattener(
      byteMap({ memoryBytes: { mine: 'kb', Alloc: 'b', NextGC: 'gb' }, gcTypes: ['Waits'] }),
      100,
    )
    const flat = flatten(
      { Mine: 2048, Alloc: 7, memstats: { NextGC: 2 ** 30, Sys: 2 ** 20 }, Waits: [0, 1999] },
      by,
    )
    expect(by.fields(flat)).toEqual({
      Mine: 2,
      Alloc: 7,
      'memstats.NextGC': 1,
      'memstats.Sys': 1,
      Waits: [1],
    })
    expect(flat.values).toMatchObject({ Mine: 2048, 'memstats.Sys': 2 ** 20 })
    expect(() => byteMap({ memoryBytes: { a: 'tb' as never } })).toThrow(
      /cannot ship a in tb: allowed are b, kb, mb, gb/,
    )
  })
})
