import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ColumnBuilder, foldStat, type Stat, Statistics, statOf } from '../../src/period/index.ts'

describe('columns', () => {
  const build = (builder: ColumnBuilder, ...names: string[]) => {
    for (const name of names) builder.put(...(name.split('.') as [string, string]))
    return builder.finish()
  }

  it('are the same object as long as the names are the same', () => {
    const builder = new ColumnBuilder()
    const first = build(builder, 'a.x', 'a.y', 'b.x')
    expect(build(builder, 'a.x', 'a.y', 'b.x')).toBe(first)
    expect(first).toMatchObject({ aggregates: ['a', 'a', 'b'], keys: ['x', 'y', 'x'] })
    expect(first.placesOf('a')).toEqual([0, 1])
    expect(first.placesOf('none')).toEqual([])
  })

  it.each([[['a.x']], [['a.x', 'a.y', 'b.x', 'b.y']], [['a.x', 'b.x']], [[]], [['a.y', 'a.x', 'b.x']]])(
    'are others when the names become %j',
    (names) => {
      const builder = new ColumnBuilder()
      const first = build(builder, 'a.x', 'a.y', 'b.x')
      const other = build(builder, ...names)
      expect(other).not.toBe(first)
      expect(other.keys.map((key, i) => `${other.aggregates[i]}.${key}`)).toEqual(names)
      expect(first.keys).toEqual(['x', 'y', 'x'])
    },
  )
})

describe('statistics', () => {
  it('agree with a naive model while names come, go and change their places', () => {
    const name = fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y', 'constructor', '__proto__'))
    const sample = fc.uniqueArray(fc.tuple(name, fc.option(fc.integer(), { nil: Number.NaN })), {
      selector: ([names]) => names.join(),
    })
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 12 }), (samples) => {
        const builder = new ColumnBuilder()
        const model = new Map<string, Stat>()
        let statistics: Statistics | undefined
        for (const values of samples) {
          for (const [[aggregate, key], value] of values) {
            builder.put(aggregate, key)
            if (Number.isNaN(value)) continue
            const stat = model.get(`${aggregate} ${key}`)
            if (stat === undefined) model.set(`${aggregate} ${key}`, statOf(value))
            else foldStat(stat, value)
          }
          const columns = builder.finish()
          statistics ??= new Statistics(columns)
          statistics.fold(
            columns,
            values.map(([, value]) => value),
          )
        }
        const found = ['a', 'b'].flatMap((aggregate) =>
          statistics!.of(aggregate).map(([key, stat]): [string, Stat] => [`${aggregate} ${key}`, stat]),
        )
        expect(new Map(found)).toEqual(model)
        expect(found).toHaveLength(model.size)
      }),
    )
  })

  it('pass over columns beyond their limit, and go on with those they have', () => {
    const builder = new ColumnBuilder()
    const columnsOf = (...keys: string[]) => {
      for (const key of keys) builder.put('a', key)
      return builder.finish()
    }
    const first = columnsOf('x')
    const statistics = new Statistics(first, 2)
    statistics.fold(first, [1])
    for (let i = 0; i < 5; i++) statistics.fold(columnsOf(`new${i}`, 'x'), [7, 3])
    expect(statistics.encode()).toEqual({ a: { x: [6, 16, 1, 3], new0: [1, 7, 7, 7] } })
    expect(statistics.columns.keys).toEqual(['x', 'new0'])
  })

  it('are encoded without the names that never had a value', () => {
    const builder = new ColumnBuilder()
    builder.put('a', 'x')
    builder.put('b', 'y')
    const columns = builder.finish()
    const statistics = new Statistics(columns)
    statistics.fold(columns, [5, Number.NaN])
    expect(statistics.encode()).toEqual({ a: { x: [1, 5, 5, 5] } })
  })
})
