import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import {
  createRegistry,
  Distribution,
  fixedWidthBucketer,
  type Registry,
} from '../../../src/process/index.ts'
import type { Flushable } from '../../../src/process/task/index.ts'
import { type Family, familiesText, type TextFormat } from '../../../src/prometheus/index.ts'
import { needProgram } from '../../support/need.ts'

const text = (registry: Registry, format: TextFormat = 'prometheus') =>
  familiesText(registry.families(), format)

function everyKind(): Registry {
  const registry = createRegistry({ labels: { shop: 'x"y' } })
  const fields = { fields: { kind: 'string', code: 'int', ok: 'bool' } } as const
  registry
    .counter('jobs/done', { ...fields, description: 'Jobs done.' })
    .add(3, { kind: 'a\nb', code: 7, ok: true })
  registry.gauge('queue-length').set(-2)
  registry.gauge('load', { value: 'float' }).set(0.25)
  registry.gauge('part/version', { value: 'string', fields: { part: 'string' } }).set('1.2', { part: 'web' })
  registry.gauge('ready', { value: 'bool' }).set(true)
  registry.gauge('never').reset()
  const waits = registry.distribution('waits', {
    unit: 'ms',
    bucketer: fixedWidthBucketer(500, 4),
    description: 'Waits.',
  })
  for (const ms of [1, 499, 500, 1999, 2000, 9000]) waits.add(ms)
  const sizes = new Distribution(fixedWidthBucketer(1, 1))
  sizes.add(0.5)
  registry.distributionGauge('sizes', { unit: 'kBy', bucketer: fixedWidthBucketer(1, 1) }).set(sizes)
  return registry
}

describe('metrics as Prometheus families', () => {
  it('are told in base units, under names of their own', () => {
    expect(text(everyKind())).toBe(`# HELP jobs_done_total Jobs done.
# TYPE jobs_done_total counter
jobs_done_total{shop="x\\"y",kind="a\\nb",code="7",ok="true"} 3
# HELP queue_length queue-length
# TYPE queue_length gauge
queue_length{shop="x\\"y"} -2
# HELP load load
# TYPE load gauge
load{shop="x\\"y"} 0.25
# HELP part_version_info part/version
# TYPE part_version_info gauge
part_version_info{shop="x\\"y",part="web",value="1.2"} 1
# HELP ready ready
# TYPE ready gauge
ready{shop="x\\"y"} 1
# HELP waits_seconds Waits.
# TYPE waits_seconds histogram
waits_seconds_bucket{shop="x\\"y",le="0"} 0
waits_seconds_bucket{shop="x\\"y",le="0.5"} 2
waits_seconds_bucket{shop="x\\"y",le="1"} 3
waits_seconds_bucket{shop="x\\"y",le="1.5"} 3
waits_seconds_bucket{shop="x\\"y",le="2"} 4
waits_seconds_bucket{shop="x\\"y",le="+Inf"} 6
waits_seconds_sum{shop="x\\"y"} 13.999
waits_seconds_count{shop="x\\"y"} 6
# HELP sizes_bytes sizes
# TYPE sizes_bytes histogram
sizes_bytes_bucket{shop="x\\"y",le="0"} 0
sizes_bytes_bucket{shop="x\\"y",le="1000"} 1
sizes_bytes_bucket{shop="x\\"y",le="+Inf"} 1
sizes_bytes_sum{shop="x\\"y"} 500
sizes_bytes_count{shop="x\\"y"} 1
`)
  })

  it('have no fault for promtool', (context) => {
    needProgram(context, 'promtool')
    const registry = everyKind()
    registry.distribution('http/waits', { unit: 'ms', fields: { route: 'string' } }).add(3, { route: '/a' })
    const told = execFileSync('promtool', ['check', 'metrics'], {
      input: text(registry),
      encoding: 'utf8',
      stdio: 'pipe',
    })
    expect(told).toBe('')
    expect(text(registry, 'openmetrics')).toContain('# TYPE jobs_done counter\njobs_done_total{')
  })

  it.each([
    ['a', 's', 1, 'a_seconds 1'],
    ['a', 'ms', 1, 'a_seconds 0.001'],
    ['a', 'us', 7, 'a_seconds 0.000007'],
    ['a', 'ns', 3, 'a_seconds 3e-9'],
    ['a', 'B', 8, 'a_bits 8'],
    ['a', 'By', 8, 'a_bytes 8'],
    ['a_bytes', 'By', 8, 'a_bytes 8'],
    ['a', 'MBy', 2, 'a_bytes 2000000'],
    ['a', 'GBy', 2, 'a_bytes 2000000000'],
    ['a', 'kiBy', 2, 'a_bytes 2048'],
    ['a', 'MiBy', 2, 'a_bytes 2097152'],
    ['a', 'GiBy', 2, 'a_bytes 2147483648'],
    ['a', 'A', 2, 'a_amperes 2'],
    ['a', 'mA', 2, 'a_amperes 0.002'],
    ['a', 'Cel', 21, 'a_celsius 21'],
    ['a', undefined, 21, 'a 21'],
  ] as const)('tell gauge %s in %s, %d, as %s', (name, unit, value, line) => {
    const registry = createRegistry()
    registry.gauge(name, unit === undefined ? {} : { unit }).set(value)
    expect(text(registry).split('\n')[2]).toBe(line)
  })

  it('have the bounds that are chosen, the same for all streams and times', () => {
    const registry = createRegistry()
    const waits = registry.distribution('waits', {
      unit: 'ms',
      fields: { i: 'int' },
      bounds: [1000, 11, 100],
    })
    const bounds = () => [...text(registry).matchAll(/le="([^"]+)"/g)].map(([, le]) => le)
    waits.add(1, { i: 0 })
    expect(bounds()).toEqual(['0.01', '0.1', '1', '+Inf'])
    waits.add(1e9, { i: 1 })
    expect(bounds()).toEqual(['0.01', '0.1', '1', '+Inf', '0.01', '0.1', '1', '+Inf'])
  })

  it.each([
    ['ms', /^0\.00158.*,0\.01,.*,1,.*100,\+Inf$/],
    ['By', /^\d+,.*1e\+?09|1000000000,\+Inf$/],
    [undefined, /^1,10,.*,100000000000000000000,\+Inf$/],
  ] as const)('have some twenty bounds of the default buckets for unit %s', (unit, expected) => {
    const registry = createRegistry()
    registry.distribution('d', unit === undefined ? {} : { unit }).add(3)
    const bounds = [...text(registry).matchAll(/le="([^"]+)"/g)].map(([, le]) => le)
    expect(bounds.length).toBeLessThanOrEqual(22)
    expect(bounds.join()).toMatch(expected)
  })

  it('say how many records found no stream', () => {
    const registry = createRegistry()
    const counter = registry.counter('c', { fields: { id: 'int' }, maxStreams: 1 })
    for (let id = 0; id < 3; id++) counter.add(1, { id })
    expect(text(registry)).toContain('c_total{id="0"} 1\nc_total{otel_metric_overflow="true"} 2\n')
    expect(text(registry)).toContain('metric_records_overflowed_total{metric="c"} 2\n')
    expect(registry.table()).toContainEqual(
      expect.objectContaining({ name: 'metric/records_overflowed', fields: { metric: 'c' }, value: 2 }),
    )
    // What is counted anew is counted anew here, too.
    registry.resetCumulative()
    expect(counter.overflowed).toBe(0)
  })

  it('leave out what Prometheus is not to be told when it asks; what is flushed has it', () => {
    const registry = createRegistry()
    registry.counter('c', { scraped: false }).add(1)
    registry.counter('d', { family: 'other_name' }).add(1)
    const scraped = '# HELP other_name_total d\n# TYPE other_name_total counter\nother_name_total 1\n'
    expect(familiesText(registry.scrapedFamilies(), 'prometheus')).toBe(scraped)
    expect(familiesText(registry.liveFamilies(), 'prometheus')).toBe(scraped)
    expect(text(registry)).toBe(`# HELP c_total c\n# TYPE c_total counter\nc_total 1\n${scraped}`)
    expect(registry.table().map(({ name }) => name)).toEqual(['c', 'd'])
  })

  it('and their table leave out the same metrics', () => {
    const registry = createRegistry()
    for (const name of ['a', 'b'])
      registry.counter(name, { fields: { i: 'int' }, maxStreams: 1 }).add(1, { i: 0 })
    const without = new Set(['a'])
    expect(registry.table({ without }).map(({ name }) => name)).toEqual(['b'])
    const told = registry.families({ without }).filter(({ points }) => points.length > 0)
    expect(told.map(({ name }) => name)).toEqual(['b'])
  })

  it('tell since when they count', () => {
    let now = 5000
    const registry = createRegistry({ clock: () => now })
    const counter = registry.counter('c')
    const waits = registry.distribution('d', { bounds: [10] })
    counter.add(1)
    waits.add(1)
    registry.gauge('g').set(1)
    const started = () =>
      registry
        .families()
        .map(({ points }) => points.find(({ suffix }) => suffix !== '_bucket' && suffix !== '_sum')?.started)
    expect(started()).toEqual([5, 5.000001, undefined, undefined])
    now = 9000
    registry.resetCumulative()
    now = 10_000
    counter.add(1)
    expect(started()).toEqual([10, undefined, undefined, undefined])
  })

  it('keep the values of their moment, or give those of the moment at which they are looked at', () => {
    const registry = createRegistry()
    const counter = registry.counter('c')
    const waits = registry.distribution('d', { bounds: [10] })
    counter.add(1)
    waits.add(1)
    const [kept, live] = [registry.families(), registry.liveFamilies()]
    counter.add(1)
    waits.add(1)
    registry.gauge('later').set(1)
    const values = (families: readonly Family[]) =>
      families.map(({ points }) => points.map(({ value }) => value))
    expect(values(kept)).toEqual([[1], [1, 1, 1, 1], []])
    expect(values(live)).toEqual([[2], [2, 2, 2, 2], []])
    expect(familiesText(live, 'prometheus')).toContain('c_total 2\n')
  })
})

describe('a registry', () => {
  it('is what a task flushes', () => {
    const registry = createRegistry()
    const flushable: Flushable = registry
    registry.distribution('d', { unit: 'ms' }).add(4)
    registry.gauge('g').set(1)
    expect(flushable.table()).toMatchObject([
      { name: 'd', cumulative: true, value: { count: 1, sum: 4 }, unit: 'ms' },
      { name: 'g' },
    ])
    flushable.resetCumulative()
    expect(flushable.table()).toMatchObject([{ name: 'g', cumulative: false, value: 1 }])
    flushable.setEnabled!(false)
    expect(flushable.table()).toEqual([])
  })
})
