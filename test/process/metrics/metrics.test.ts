import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRegistry, Distribution, fixedWidthBucketer } from '../../../src/process/index.ts'
import { keptLog } from '../../support/log.ts'

const two = { fields: { shop: 'string', size: 'int' } } as const

describe('a counter', () => {
  it('counts each combination of fields by itself, by name and by handle alike', () => {
    const counter = createRegistry().counter('c', two)
    const handle = counter.with({ shop: 'a', size: 1 })
    counter.add(2, { shop: 'a', size: 1 })
    handle.add()
    counter.add(5, { shop: 'a', size: 2 })
    counter.with({ size: 1, shop: 'a' }).add(1)
    expect(counter.get({ shop: 'a', size: 1 })).toBe(4)
    expect(counter.get({ shop: 'a', size: 2 })).toBe(5)
    expect(counter.get({ shop: 'b', size: 1 })).toBeUndefined()
  })

  it('cannot go back', () => {
    const log = keptLog()
    const counter = createRegistry({ log }).counter('c')
    counter.set(4)
    counter.set(3)
    counter.set(2)
    expect(counter.get()).toBe(4)
    expect(log.said.map(({ message }) => message)).toEqual(['counter c cannot go back from 4 to 3'])
  })

  it.each([-1, Number.NaN, 1.5, Number.NEGATIVE_INFINITY])('of whole numbers refuses %s', (amount) => {
    const counter = createRegistry().counter('c')
    counter.add(1)
    expect(() => counter.add(amount)).toThrow(RangeError)
    expect(() => counter.set(amount)).toThrow(RangeError)
    expect(counter.get()).toBe(1)
  })

  it('takes fractions where it is told to, and never an infinity', () => {
    const counter = createRegistry().counter('c', { value: 'float' })
    counter.add(0.5)
    expect(() => counter.add(Number.POSITIVE_INFINITY)).toThrow(RangeError)
    expect(counter.get()).toBe(0.5)
  })

  it('misses none of many increments that overlap', async () => {
    const counter = createRegistry().counter('c', { fields: { i: 'int' } })
    const tasks = Array.from({ length: 32 }, async () => {
      for (let n = 0; n < 100; n++) {
        await null
        counter.add(1, { i: 0 })
      }
    })
    await Promise.all(tasks)
    expect(counter.get({ i: 0 })).toBe(3200)
  })
})

describe('a gauge', () => {
  it('holds a whole number, a number, a text or a truth', () => {
    const registry = createRegistry()
    registry.gauge('i').set(-3)
    registry.gauge('f', { value: 'float' }).set(0.5)
    registry.gauge('s', { value: 'string' }).set('x'.repeat(2000))
    registry.gauge('b', { value: 'bool' }).set(false)
    expect(registry.table().map(({ value }) => value)).toEqual([false, 0.5, -3, 'x'.repeat(1024)])
  })

  it.each([
    ['int', 0.5],
    ['int', '1'],
    ['float', Number.NaN],
    ['float', Number.POSITIVE_INFINITY],
    ['string', 1],
    ['bool', 0],
  ] as const)('of type %s refuses %j and tells nothing of it', (value, wrong) => {
    const registry = createRegistry()
    const gauge = registry.gauge('g', { value })
    expect(() => gauge.set(wrong as never)).toThrow(TypeError)
    expect([registry.table(), gauge.get()]).toEqual([[], undefined])
  })

  it('cannot be added to', () => {
    for (const value of ['int', 'string', 'bool'] as const)
      expect('add' in createRegistry().gauge('g', { value })).toBe(false)
  })
})

describe('a metric of distributions', () => {
  it('is added to where it is cumulative', () => {
    const waits = createRegistry().distribution('d', { ...two, bucketer: fixedWidthBucketer(10, 2) })
    const handle = waits.with({ shop: 'a', size: 1 })
    handle.add(5)
    waits.add(15, { shop: 'a', size: 1 })
    expect(waits.get({ shop: 'a', size: 1 })).toMatchObject({ count: 2, sum: 20, counts: [0, 1, 1] })
    expect(() => handle.add(Number.NaN)).toThrow(RangeError)
  })

  it('without any has no mean and no buckets', () => {
    const registry = createRegistry()
    registry
      .distributionGauge('d', { bucketer: fixedWidthBucketer(10, 2) })
      .set(new Distribution(fixedWidthBucketer(10, 2)))
    expect(registry.table()).toMatchObject([{ value: { count: 0, sum: 0, mean: null, counts: [] } }])
  })

  it('is set to a copy where it stands for its moment', () => {
    const sizes = createRegistry().distributionGauge('d', { bucketer: fixedWidthBucketer(10, 2) })
    const now = new Distribution(fixedWidthBucketer(10, 2))
    now.add(1)
    sizes.set(now)
    now.add(1)
    expect(sizes.get()?.count).toBe(1)
    sizes.set(now)
    expect(sizes.get()?.count).toBe(2)
    expect(() => sizes.set(new Distribution())).toThrow(/buckets/)
    expect(sizes.get()?.count).toBe(2)
  })
})

describe('fields', () => {
  it.each([
    [{ shop: 'a' }, 'field size must be int, not missing'],
    [{ shop: 'a', size: '1' }, 'field size must be int, not string 1'],
    [{ shop: 'a', size: 1.5 }, 'field size must be int'],
    [{ shop: 1, size: 1 }, 'field shop must be string, not number 1'],
    [{ shop: 'a', size: 1, more: 1 }, 'it has no field more; its fields are shop, size'],
    [{ shop: 'a', siez: 1 }, 'it has no field siez'],
    [undefined, 'field shop must be string, not missing'],
  ])('%j are refused by every way in', (fields, reason) => {
    const registry = createRegistry()
    const counter = registry.counter('c', two)
    counter.add(1, { shop: 'a', size: 1 })
    for (const record of [counter.with, counter.get, counter.delete, counter.add.bind(counter, 1)])
      expect(() => record.call(counter, fields as never)).toThrow(reason)
    expect(registry.table()).toHaveLength(1)
  })

  it('cannot be given to a metric without any', () => {
    const counter = createRegistry().counter('c')
    counter.add(1)
    expect(() => counter.add(1, { shop: 'a' } as never)).toThrow('it has no field shop; its fields are none')
  })

  it('may have any text as value, of which 256 characters count', () => {
    const registry = createRegistry()
    const counter = registry.counter('c', { fields: { text: 'string' } })
    for (const text of ['', '__proto__', 'constructor', '"\\\n', 'x'.repeat(300), 'x'.repeat(400)])
      counter.add(1, { text })
    expect(registry.table().map(({ fields, value }) => [fields.text, value])).toEqual([
      ['', 1],
      ['"\\\n', 1],
      ['__proto__', 1],
      ['constructor', 1],
      ['x'.repeat(256), 2],
    ])
  })
})

describe('streams', () => {
  it('over the limit share one, and are counted', () => {
    const registry = createRegistry()
    const counter = registry.counter('c', { fields: { id: 'int' }, maxStreams: 3 })
    for (let id = 0; id < 10; id++) counter.add(1, { id })
    counter.with({ id: 99 }).add(5)
    counter.add(1, { id: 0 })
    expect(counter.overflowed).toBe(8)
    expect(registry.table().map(({ fields, overflow, value }) => [fields.id, overflow, value])).toEqual([
      [undefined, true, 12],
      [0, false, 2],
      [1, false, 1],
      [2, false, 1],
      // How many found no place, of which metric.
      [undefined, false, 8],
    ])
    counter.delete({ id: 1 })
    counter.add(1, { id: 50 })
    expect(counter.get({ id: 50 })).toBe(1)
  })

  it('that are deleted are gone, and leave the others', () => {
    const registry = createRegistry()
    const counter = registry.counter('c', two)
    for (const size of [1, 2]) counter.add(size, { shop: 'a', size })
    expect(counter.delete({ shop: 'a', size: 1 })).toBe(true)
    expect([counter.get({ shop: 'a', size: 1 }), counter.get({ shop: 'a', size: 2 })]).toEqual([undefined, 2])
    expect(counter.delete({ shop: 'a', size: 1 })).toBe(false)
    expect(registry.table()).toMatchObject([{ fields: { shop: 'a', size: 2 }, value: 2 }])
  })

  it('are 1,000 by default', () => {
    const registry = createRegistry()
    const gauge = registry.gauge('g', { fields: { id: 'int' } })
    for (let id = 0; id < 1500; id++) gauge.set(id, { id })
    expect([registry.table().filter(({ name }) => name === 'g').length, gauge.overflowed]).toEqual([
      1001, 500,
    ])
  })

  it('of a handle come back after a reset, also when another record took their place', () => {
    const registry = createRegistry()
    const counter = registry.counter('c', { fields: { shop: 'string' } })
    const handles = [counter.with({ shop: 'a' }), counter.with({ shop: 'a' })]
    for (const handle of handles) handle.add(1)
    registry.resetCumulative()
    expect(registry.table()).toEqual([])
    counter.add(1, { shop: 'a' })
    for (const handle of handles) for (let i = 0; i < 3; i++) handle.add(1)
    expect(registry.table()).toMatchObject([{ value: 7 }])
    counter.delete({ shop: 'a' })
    handles[0]!.add(1)
    handles[1]!.add(1)
    expect(registry.table()).toMatchObject([{ value: 2 }])
  })

  it('do what a plain map of them does', () => {
    const fields = fc.record({
      a: fc.constantFrom('x', 'y', ''),
      b: fc.integer({ min: 0, max: 2 }),
      c: fc.boolean(),
    })
    const step = fc.record({
      what: fc.constantFrom('add', 'handle', 'delete', 'reset', 'off', 'on'),
      fields,
      amount: fc.integer({ min: 0, max: 9 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const registry = createRegistry()
        const counter = registry.counter('c', { fields: { a: 'string', b: 'int', c: 'bool' } })
        const handles = new Map<string, ReturnType<typeof counter.with>>()
        const model = new Map<string, number>()
        let on = true
        for (const { what, fields, amount } of steps) {
          const key = JSON.stringify([fields.a, fields.b, fields.c])
          if (what === 'add' || what === 'handle') {
            if (what === 'add') counter.add(amount, fields)
            else {
              if (!handles.has(key)) handles.set(key, counter.with(fields))
              handles.get(key)!.add(amount)
            }
            if (on) model.set(key, (model.get(key) ?? 0) + amount)
          } else if (what === 'delete') expect(counter.delete(fields)).toBe(model.delete(key))
          else if (what === 'reset') {
            registry.resetCumulative()
            model.clear()
          } else {
            if (on !== (what === 'on')) model.clear()
            on = what === 'on'
            registry.setEnabled(on)
          }
        }
        const told = registry
          .table()
          .map(({ fields: { a, b, c }, value }) => [JSON.stringify([a, b, c]), value])
        expect(new Map(told as [string, number][])).toEqual(model)
      }),
      { numRuns: 300 },
    )
  })
})
