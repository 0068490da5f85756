import { describe, expect, it } from 'vitest'
import { createRegistry, Distribution, fixedWidthBucketer } from '../../../src/process/index.ts'
import { keptLog } from '../../support/log.ts'

describe('a registry', () => {
  it.each(['my/metric_/1', 'my/metric-/3', '/my/metric_/2', 'a', '0/9'])('takes the name %s', (name) => {
    const metric = createRegistry().counter(name, { fields: { field_1: 'string' } })
    expect(metric.name).toBe(name.replace(/^\//, ''))
  })

  it.each(['', '/', '//', 'meric//1', 'meric!', 'a/', 'ü', 'a b', 'x'.repeat(300)])(
    'refuses the name %j',
    (name) => {
      expect(() => createRegistry().gauge(name)).toThrow(TypeError)
    },
  )

  it.each(['', '-', 'f-1', 'f#1', '1_/', '__name__'])('refuses the field %j', (field) => {
    expect(() => createRegistry().gauge('g', { fields: { [field]: 'string' } })).toThrow(
      /cannot make metric g: field/,
    )
  })

  it('puts its prefix in front of names that do not begin with a slash', () => {
    const registry = createRegistry({ prefix: 'chrome/infra' })
    expect([registry.counter('foo').name, registry.counter('/bar').name]).toEqual(['chrome/infra/foo', 'bar'])
    expect(() => createRegistry({ prefix: '!' })).toThrow(TypeError)
  })

  it('refuses a second metric of a name, or of a name that Prometheus cannot tell apart', () => {
    const registry = createRegistry()
    registry.counter('shop/orders')
    registry.distribution('shop/waits')
    registry.gauge('shop/version', { value: 'string' })
    for (const name of [
      'shop/orders',
      '/shop/orders',
      'shop_orders',
      'shop-orders',
      'shop/orders_total',
      'shop/waits_count',
      'shop_waits/bucket',
      'shop/version_info',
    ])
      expect(() => registry.gauge(name), name).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(() => registry.gauge('shop/new', { family: 'shop_orders_total' })).toThrow(
      /as metric shop\/orders/,
    )
    expect(registry.gauge('shop_orders', { family: 'orders' }).name).toBe('shop_orders')
  })

  it('refuses units, types and limits that there are not', () => {
    const registry = createRegistry()
    const wrong = [
      () => registry.gauge('a', { unit: 'min' as 's' }),
      () => registry.gauge('a', { unit: 's', value: 'string' }),
      () => registry.gauge('a', { unit: 'ms', value: 'bool' }),
      () => registry.gauge('a', { value: 'double' as 'float' }),
      () => registry.counter('a', { value: 'bool' as 'int' }),
      () => registry.counter('a', { fields: { f: 'float' as 'int' } }),
      () => registry.counter('a', { maxStreams: 0 }),
      () => registry.counter('a', { family: 'a b' }),
      () => registry.distribution('a', { fields: { le: 'string' } }),
      () => registry.gauge('a', { value: 'string', fields: { value: 'string' } }),
      () =>
        registry.counter('a', {
          fields: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`f${i}`, 'int'] as const)),
        }),
    ]
    for (const make of wrong) expect(make).toThrow(/cannot make|unknown unit/)
    expect(registry.metrics).toEqual([])
  })

  it('lets each stream begin later than the one before, whatever the clock does', () => {
    const times = [1000, 1000, 500, 2000]
    const registry = createRegistry({ clock: () => times.shift()! })
    const counter = registry.counter('c', { fields: { i: 'int' } })
    for (const i of [1, 2, 3, 4]) counter.add(1, { i })
    expect(registry.table().map(({ started }) => started)).toEqual([1, 1.000001, 1.000002, 2])
  })

  it('calls back before it is read, and goes on when a callback throws', () => {
    const log = keptLog()
    const registry = createRegistry({ log })
    const up = registry.gauge('presence/up', { value: 'bool' })
    registry.beforeRead(() => {
      throw new Error('broken')
    })
    const stop = registry.beforeRead(() => up.set(true))
    expect(registry.table()).toMatchObject([{ name: 'presence/up', value: true, fields: {} }])
    registry.families()
    stop()
    up.reset()
    expect(registry.table()).toEqual([])
    expect(log.said.map(({ message }) => message)).toEqual(['cannot prepare metrics: broken'])
  })

  it('records nothing while it is off, and begins anew when it is on again', () => {
    let now = 1000
    const registry = createRegistry({ clock: () => now })
    const counter = registry.counter('c', { fields: { shop: 'string' } })
    const handle = counter.with({ shop: 'a' })
    handle.add(5)
    registry.setEnabled(false)
    handle.add(1)
    counter.add(1, { shop: 'b' })
    expect([registry.table(), counter.get({ shop: 'a' }), registry.enabled]).toEqual([[], undefined, false])
    now = 2000
    registry.setEnabled(true)
    handle.add(2)
    expect(registry.table()).toMatchObject([{ fields: { shop: 'a' }, value: 2, started: 2 }])
  })

  it('resets what is cumulative and keeps gauges', () => {
    const registry = createRegistry()
    registry.counter('orders').add(3)
    registry.distribution('waits').add(3)
    registry.gauge('queue').set(3)
    const sizes = new Distribution()
    sizes.add(1)
    registry.distributionGauge('sizes').set(sizes)
    registry.resetCumulative()
    expect(registry.table().map(({ name }) => name)).toEqual(['queue', 'sizes'])
  })

  it('tells its streams as a table, by name, then by fields', () => {
    const registry = createRegistry()
    const waits = registry.distribution('waits', {
      unit: 'ms',
      bucketer: fixedWidthBucketer(10, 2),
      description: 'Waits.',
    })
    waits.add(12)
    const orders = registry.counter('orders', { fields: { shop: 'string', paid: 'bool' } })
    orders.add(2, { shop: 'b', paid: true })
    orders.add(1, { shop: 'a', paid: true })
    orders.add(4, { shop: 'a', paid: false })
    registry.gauge('mood', { value: 'string' }).set('good')
    expect(registry.table().map(({ started: _, ...row }) => row)).toEqual([
      {
        name: 'mood',
        description: 'mood',
        unit: undefined,
        type: 'string',
        cumulative: false,
        fields: {},
        overflow: false,
        value: 'good',
      },
      ...[
        [{ shop: 'a', paid: false }, 4] as const,
        [{ shop: 'a', paid: true }, 1] as const,
        [{ shop: 'b', paid: true }, 2] as const,
      ].map(([fields, value]) => ({
        name: 'orders',
        description: 'orders',
        unit: undefined,
        type: 'int',
        cumulative: true,
        fields,
        overflow: false,
        value,
      })),
      {
        ...{
          name: 'waits',
          description: 'Waits.',
          unit: 'ms',
          type: 'distribution',
          cumulative: true,
          fields: {},
          overflow: false,
        },
        value: {
          count: 1,
          sum: 12,
          mean: 12,
          buckets: { width: 10, growth: 0, finite: 2, scale: 1 },
          counts: [0, 0, 1],
        },
      },
    ])
  })

  it('copies what it tells: what is recorded later does not show', () => {
    const registry = createRegistry()
    const waits = registry.distribution('waits')
    waits.add(1)
    const before = registry.table()
    waits.add(2)
    expect(before).toMatchObject([{ value: { count: 1, counts: [0, 1] } }])
    expect(waits.get()?.count).toBe(2)
  })
})
