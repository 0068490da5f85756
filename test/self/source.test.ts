import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Poller } from '../../src/period/index.ts'
import {
  createSelfSource,
  type PollerNumbers,
  type RecorderNumbers,
  type SelfSample,
} from '../../src/self/index.ts'
import { TestClock } from '../support/clock.ts'
import { ask, depthSource } from '../support/depth.ts'
import { newFolder } from '../support/folder.ts'

const SIGNAL = new AbortController().signal

function poller(name: string, polls: number, more: Partial<PollerNumbers> = {}): PollerNumbers {
  return { name, polls, failures: 0, late: 0, duration_ms: null, ...more }
}

function recorder(name: string, shipped: number, more: Partial<RecorderNumbers> = {}): RecorderNumbers {
  const none = { retried: 0, refused: 0, dropped: 0, queued: 0, spooled: 0, duration_ms: null }
  return { name, shipped, ...none, ...more }
}

describe('the source self', () => {
  it('tells of this process, and of nobody when it is told of nobody', async () => {
    const source = createSelfSource()
    const first = await source.collect(1_700_000_000_500, undefined, SIGNAL)
    expect(first).toEqual({
      timestamp: 1_700_000_000.5,
      memory: { resident: expect.any(Number), heap_used: expect.any(Number) },
      cpu: {
        user_seconds: expect.any(Number),
        system_seconds: expect.any(Number),
        user_percent: null,
        system_percent: null,
      },
      sockets: { open: 0, dropped: 0 },
      pollers: {},
      recorders: {},
    })
    expect(Math.abs(first.memory.resident - process.memoryUsage.rss())).toBeLessThan(50e6)
    const until = performance.now() + 60
    while (performance.now() < until);
    const second = await source.collect(1_700_000_000_560, first, SIGNAL)
    const busy = second.cpu.user_percent! + second.cpu.system_percent!
    expect(busy).toBeGreaterThan(1)
    expect(second.cpu.user_seconds).toBeGreaterThanOrEqual(first.cpu.user_seconds)
  })

  it('gives rates per second, none at first, after a break, and after a restart of what is counted', async () => {
    let pollers = [poller('a', 10), poller('__proto__', 1)]
    let recorders = [recorder('es', 100, { queued: 3, duration_ms: 1.5 })]
    const source = createSelfSource({ pollers: () => pollers, recorders: () => recorders })
    const first = await source.collect(0, undefined, SIGNAL)
    expect(Object.keys(first.pollers)).toEqual(['a', '__proto__'])
    expect(first.pollers.a).toMatchObject({
      polls: 10,
      polls_rate: null,
      failures_rate: null,
      late_rate: null,
    })
    await sleep(50)
    pollers = [poller('a', 20, { failures: 5, duration_ms: 2 }), poller('new', 7)]
    recorders = [recorder('es', 90, { retried: 8 })]
    const second = await source.collect(50, first, SIGNAL)
    const { a, new: fresh } = second.pollers
    expect(a!.polls_rate!).toBeGreaterThan(1)
    expect(a!.polls_rate!).toBeLessThanOrEqual(10 / 0.045)
    expect(a!.failures_rate! / a!.polls_rate!).toBeCloseTo(0.5, 9)
    expect(a).toMatchObject({ polls: 20, failures: 5, late_rate: 0, duration_ms: 2 })
    expect(fresh).toMatchObject({ polls: 7, polls_rate: null })
    // Its count went back, so it counts anew, and so do those beside it.
    expect(second.recorders.es).toMatchObject({ shipped: 90, shipped_rate: null, retried_rate: null })
    const afterBreak = await source.collect(100, undefined, SIGNAL)
    expect(afterBreak.pollers.a!.polls_rate).toBe(null)
    expect(afterBreak.cpu.user_percent).toBe(null)
  })

  it('keeps a history of real pollers, by aggregate and name, over a restart too', async () => {
    const clock = new TestClock()
    const watched = new Poller(
      depthSource(() => 1, 'watched'),
      { dir: null, clock },
    )
    const failing = new Poller(
      depthSource(() => {
        throw new Error('no')
      }, 'failing'),
      { dir: null, clock },
    )
    const dir = newFolder()
    const make = () =>
      new Poller(
        createSelfSource({
          pollers: () => [watched.status(), failing.status()],
          recorders: () => [recorder('es', 0, { queued: 42 })],
          sockets: () => ({ open: 3, dropped: 1 }),
        }),
        { dir, clock },
      )
    const self = make()
    self.load()
    for (let second = 0; second < 9; second++) {
      await Promise.all([watched.poll(), failing.poll()])
      await sleep(5)
      await self.poll()
      clock.pass(1000)
    }
    const rows = (of: Poller<never, never, unknown>, aggregate: string, more = {}) =>
      of.query(ask('5m', { aggregate, ...more })).data as Record<string, number>[]
    const check = (of: Poller<never, never, unknown>) => {
      expect(rows(of, 'polls').length).toBeGreaterThanOrEqual(3)
      for (const row of rows(of, 'failures')) {
        expect(row.failing).toBeGreaterThan(1)
        expect(row.watched).toBe(0)
      }
      expect(Object.keys(rows(of, 'failures', { keyword: 'wtc' })[0]!)).toEqual(['timestamp', 'watched'])
      expect(rows(of, 'queued')[0]).toMatchObject({ es: 42 })
      expect(rows(of, 'sockets')[0]).toMatchObject({ open: 3 })
      expect(rows(of, 'memory', { stat: 'max' })[0]!.resident).toBeGreaterThan(10e6)
      expect(rows(of, 'poll_duration')[0]!.watched).toBeGreaterThan(0)
      expect(rows(of, 'delivery_duration')).toEqual([])
      for (const aggregate of of.source.aggregates!) rows(of, aggregate)
    }
    check(self as never)
    await self.stop()
    const again = make()
    again.load()
    check(again as never)
    await again.poll()
    check(again as never)
    await again.stop()
    expect(() => rows(again as never, 'nothing')).toThrow(
      /^invalid aggregate "nothing": allowed are polls, failures, late, poll_duration, shipped/,
    )
    expect(() => again.query(ask('5m'))).toThrow(/^aggregate is missing: allowed are/)
    await Promise.all([watched.stop(), failing.stop()])
  })

  it('tells Prometheus of the process, and what it is given of the rest', async () => {
    const given = { name: 'treering_polls', type: 'counter', help: '', points: [{ value: 1 }] } as const
    const source = createSelfSource({ families: () => [given] })
    const families = source.families(await source.collect(0, undefined, SIGNAL))
    expect(families.map(({ name, type }) => `${type} ${name}`)).toEqual([
      'counter treering_polls',
      'gauge treering_resident_memory_bytes',
      'gauge treering_heap_used_bytes',
      'counter treering_cpu_seconds',
    ])
  })

  it('ships a document of the process, of each poller and of each recorder', async () => {
    const source = createSelfSource({ pollers: () => [poller('a', 1)], recorders: () => [recorder('es', 2)] })
    const documents = source.documents(await source.collect(0, undefined, SIGNAL))
    expect(documents).toEqual([
      {
        'memory.resident': expect.any(Number),
        'memory.heap_used': expect.any(Number),
        'cpu.user_seconds': expect.any(Number),
        'cpu.system_seconds': expect.any(Number),
        'cpu.user_percent': null,
        'cpu.system_percent': null,
        'sockets.open': 0,
        'sockets.dropped': 0,
      },
      {
        'poller.name': 'a',
        'poller.polls': 1,
        'poller.failures': 0,
        'poller.late': 0,
        'poller.duration_ms': null,
        'poller.polls_rate': null,
        'poller.failures_rate': null,
        'poller.late_rate': null,
      },
      {
        'recorder.name': 'es',
        'recorder.shipped': 2,
        'recorder.retried': 0,
        'recorder.refused': 0,
        'recorder.dropped': 0,
        'recorder.queued': 0,
        'recorder.spooled': 0,
        'recorder.duration_ms': null,
        'recorder.shipped_rate': null,
        'recorder.retried_rate': null,
        'recorder.refused_rate': null,
        'recorder.dropped_rate': null,
      },
    ])
  })
})

describe('an entry of self', () => {
  const rate = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }))
  const count = fc.nat()
  const name = fc.constantFrom('a', 'b', '__proto__', 'x-y')
  const sample = fc.record({
    timestamp: fc.integer({ min: 1, max: 1e9 }),
    memory: fc.record({ resident: count, heap_used: count }),
    cpu: fc.record({ user_seconds: count, system_seconds: count, user_percent: rate, system_percent: rate }),
    sockets: fc.record({ open: count, dropped: count }),
    pollers: fc.dictionary(
      name,
      fc.record({
        polls: count,
        failures: count,
        late: count,
        duration_ms: rate,
        polls_rate: rate,
        failures_rate: rate,
        late_rate: rate,
      }),
    ),
    recorders: fc.constant({}),
  })
  const fold = (source: ReturnType<typeof createSelfSource>, samples: readonly SelfSample[]) => {
    let entry: ReturnType<typeof source.reduce> | undefined
    for (const one of samples) entry = source.reduce(entry, one)
    return entry!
  }

  it('has of each number the mean, least and greatest of its samples', () => {
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 6 }), (samples) => {
        const source = createSelfSource()
        const entry = fold(source, samples)
        expect(entry.timestamp).toBe(Math.max(...samples.map(({ timestamp }) => timestamp)))
        for (const stat of ['mean', 'min', 'max'] as const) {
          const [row = {}] = source.aggregate([entry], ask('5m', { aggregate: 'polls', stat })).data
          const names = [...new Set(samples.flatMap(({ pollers }) => Object.keys(pollers)))]
          for (const key of names) {
            const values = samples.flatMap(({ pollers }) =>
              Object.hasOwn(pollers, key) ? (pollers[key]!.polls_rate ?? []) : [],
            )
            const expected = {
              mean: values.reduce((a, b) => a + b, 0) / values.length,
              min: Math.min(...values),
              max: Math.max(...values),
            }[stat]
            const found = Object.hasOwn(row, key) ? (row as Record<string, number>)[key] : undefined
            if (values.length === 0) expect(found).toBe(undefined)
            else expect(Math.abs(found! - expected)).toBeLessThanOrEqual(Math.abs(expected) * 1e-12)
          }
        }
      }),
    )
  })

  it('comes back from disk as it was, and goes on', () => {
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 4 }), sample, (samples, next) => {
        const source = createSelfSource()
        const entry = fold(source, samples)
        const json = JSON.parse(JSON.stringify(source.encode(entry)))
        const back = createSelfSource().decode(json)
        expect(JSON.parse(JSON.stringify(source.encode(back)))).toEqual(json)
        expect(source.encode(source.reduce(back, next))).toEqual(source.encode(source.reduce(entry, next)))
      }),
    )
  })

  it('is refused when it is none, and read without what is no statistic', () => {
    const source = createSelfSource()
    for (const json of [null, 5, [], {}, { timestamp: '1', stats: {} }, { timestamp: 1 }])
      expect(() => source.decode(json)).toThrow(/cannot read an entry of self/)
    const stats = { polls: { a: [1, 2, 2, 2], b: [0, 1], c: 'x' }, queued: 7, foreign: { a: [1, 1, 1, 1] } }
    expect(source.encode(source.decode({ timestamp: 1, stats }))).toEqual({
      timestamp: 1,
      stats: { polls: { a: [1, 2, 2, 2] } },
    })
  })
})
