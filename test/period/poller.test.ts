import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { PERIODS, Poller, type Source, withPeriods } from '../../src/period/index.ts'
import { TestClock } from '../support/clock.ts'
import { ask, type Depth, depthSource } from '../support/depth.ts'
import { newFolder } from '../support/folder.ts'
import { keptLog } from '../support/log.ts'
import { until } from '../support/until.ts'

describe('a poller', () => {
  it('reads at once, then on its beat, and hands in the sample before', async () => {
    const lasts: (number | undefined)[] = []
    let count = 0
    const poller = new Poller<Depth>(
      {
        name: 'queue',
        intervalMs: 100,
        collect: async (now, last) => {
          lasts.push(last?.depth)
          return { timestamp: now / 1000, depth: count++ }
        },
        aggregate: (entries) => ({ total: entries.length, data: entries }),
      },
      { dir: null },
    ).start()
    const began = performance.now()
    await until(() => lasts.length >= 8)
    // At once, somewhere within the first beat, and on six whole ones.
    expect(performance.now() - began).toBeGreaterThan(590)
    await poller.stop()
    expect(lasts.slice(0, 3)).toEqual([undefined, 0, 1])
    const { polls } = poller.status()
    await sleep(250)
    expect(poller.status().polls).toBe(polls)
  })

  it('skips beats while a read is under way, and never reads twice at once', async () => {
    let under = 0
    let most = 0
    const slow = new Poller<Depth>(
      {
        name: 'slow',
        intervalMs: 100,
        collect: async (now) => {
          most = Math.max(most, ++under)
          await sleep(350)
          under--
          return { timestamp: now / 1000, depth: 0 }
        },
        aggregate: (entries) => ({ total: entries.length, data: entries }),
      },
      { dir: null },
    ).start()
    await until(() => slow.status().late > 3)
    await slow.stop()
    expect(most).toBe(1)
    expect(slow.status().failures).toBe(0)
  })

  it('gives a read its time limit, tells it by the signal, and drops what comes later', async () => {
    let aborted: unknown
    let answer: (depth: number) => void = () => {}
    const poller = new Poller<Depth>(
      {
        name: 'stuck',
        timeoutMs: 50,
        collect: (now, _, signal) => {
          signal.addEventListener('abort', () => {
            aborted = signal.reason
          })
          return new Promise((resolve) => {
            answer = (depth) => resolve({ timestamp: now / 1000, depth })
          })
        },
        aggregate: (entries) => ({ total: entries.length, data: entries }),
      },
      { dir: null },
    )
    await poller.poll()
    expect(aborted).toMatchObject({ code: 'timeout' })
    expect(poller.status()).toMatchObject({ failures: 1, last_error: 'no sample within 50 ms' })
    await poller.poll()
    expect(poller.status()).toMatchObject({ polls: 1, late: 1 })
    answer(1)
    await sleep(0)
    expect(poller.latest).toBeUndefined()
    void poller.poll()
    answer(2)
    await sleep(5)
    expect(poller.latest).toMatchObject({ depth: 2 })
    expect(poller.status().last_error).toBeNull()
  })

  it.each([
    [1, '1 time'],
    [30, '30 times'],
  ])('counts equal errors and says them together: %i as %s', async (times, told) => {
    const log = keptLog()
    const collect = () => {
      throw new Error('no such device')
    }
    const aggregate = (entries: readonly Depth[]) => ({ total: entries.length, data: entries })
    const poller = new Poller<Depth>({ name: 'broken', collect, aggregate }, { dir: null, log })
    for (let i = 0; i < times; i++) await poller.poll()
    expect(log.said).toEqual([])
    await poller.stop()
    expect(log.said.map(({ message }) => message)).toEqual([`cannot poll broken: no such device: ${told}`])
  })

  it('hands in no last sample after the clock was set or the machine slept', async () => {
    const clock = new TestClock()
    const lasts: boolean[] = []
    const source = depthSource(() => 1)
    const poller = new Poller<Depth, unknown>(
      {
        ...source,
        reduce: (_, sample) => sample,
        aggregate: () => ({ total: 0, data: [] }),
        collect: async (now, last) => {
          lasts.push(last !== undefined)
          return { timestamp: now / 1000, depth: 1 }
        },
      },
      { dir: null, clock },
    )
    const beat = async (pass: number, jump = 0) => {
      clock.pass(pass)
      clock.jump(jump)
      await poller.poll()
    }
    await beat(1000)
    await beat(1000)
    await beat(1000, 3_600_000)
    await beat(1000)
    await beat(1000, -3_600_000)
    await beat(5000)
    expect(lasts).toEqual([false, true, false, true, false, true])
  })

  it('counts a sample that cannot be folded, and keeps, tells and journals all others', async () => {
    const dir = newFolder()
    let n = 0
    const source: Source<{ n: number }, number[]> = {
      name: 'odd',
      collect: () => ({ n: ++n }),
      reduce: (entry = [], sample) => {
        if (sample.n === 1 || sample.n === 7) throw new Error(`${sample.n} is odd`)
        return [...entry, sample.n]
      },
      aggregate: (entries) => ({ total: entries.length, data: entries.flat() }),
    }
    const clock = new TestClock()
    const poller = new Poller(source, { dir, clock })
    poller.load()
    const told: number[] = []
    poller.subscribe((sample) => told.push(sample.n))
    const beat = async () => {
      clock.pass(1000)
      await poller.poll()
    }
    // A fault is told when the samples that gathered are folded; after it none gather.
    for (let beats = 0; beats < 6; beats++) await beat()
    expect(poller.status()).toMatchObject({ failures: 1, last_error: '1 is odd' })
    await beat()
    expect(poller.status()).toMatchObject({ failures: 2, last_error: '7 is odd' })
    await beat()
    expect(told).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(poller.status()).toMatchObject({ failures: 2, last_error: null })
    await poller.stop()
    const again = new Poller(source, { dir, clock })
    again.load()
    expect(again.query(ask('5m')).data).toEqual([2, 3, 4, 5, 6, 8])
    await again.stop()
  })

  it('tells its subscribers of each sample until they leave, whatever one of them throws', async () => {
    const poller = new Poller(
      depthSource(() => 7),
      { dir: null },
    )
    const told: number[] = []
    poller.subscribe(() => {
      throw new Error('mine')
    })
    const leave = poller.subscribe(({ depth }) => told.push(depth))
    await poller.poll()
    await poller.poll()
    leave()
    await poller.poll()
    expect(told).toEqual([7, 7])
    expect(poller.status().failures).toBe(0)
  })

  it('says of a period that there is none which there are', () => {
    const poller = new Poller(
      depthSource(() => 0),
      { dir: null },
    )
    expect(() => poller.query(ask('2h'))).toThrow('invalid period "2h": allowed are 5m, 15m, 1h, 1d, 1mo')
  })
})

describe('a year of history', () => {
  it('has exact spacing, right means and peaks, and gaps over stops, in every ring', async () => {
    const clock = new TestClock(1_600_000_000_000)
    const periods = withPeriods({ '1y': 365 * 86_400_000 })
    const seen: { ms: number; depth: number }[] = []
    const options = { dir: newFolder(), clock, periods }
    const next = (now: number): number => {
      // A load with a peak that lasts one sample, once a week.
      const depth = now % 604_800_000 < 120_000 ? 1000 : (now / 120_000) % 60
      seen.push({ ms: now, depth })
      return depth
    }
    let poller = new Poller(depthSource(next), options)
    poller.load()
    const end = clock.ms + 365 * 86_400_000
    while (clock.ms < end) {
      // The last hour is sampled each second, as a machine is.
      clock.pass(end - clock.ms > 4_000_000 ? 120_000 : 1000)
      // A stop of three days, a third of the way; the history goes through its file.
      if (seen.length === 87_600) {
        await poller.stop()
        clock.pass(3 * 86_400_000)
        poller = new Poller(depthSource(next), options)
        poller.load()
      }
      await poller.poll()
    }
    await poller.stop()
    const last = new Poller(depthSource(next), options)
    last.load()
    for (const { name, intervalMs } of periods) {
      const slots = new Map<number, number[]>()
      const newest = Math.floor(clock.ms / intervalMs)
      for (const { ms, depth } of seen) {
        const number = Math.floor(ms / intervalMs)
        if (number > newest - 100) slots.set(number, [...(slots.get(number) ?? []), depth])
      }
      const model = [...slots.values()]
      const rows = (stat: 'mean' | 'max') =>
        (last.query(ask(name, { stat })).data as Depth[]).map(({ depth }) => depth)
      expect(rows('max'), name).toEqual(model.map((depths) => Math.max(...depths)))
      const means = model.map((depths) => depths.reduce((sum, depth) => sum + depth, 0) / depths.length)
      for (const [i, mean] of rows('mean').entries()) expect(mean).toBeCloseTo(means[i]!, 9)
    }
    for (const { name, intervalMs } of periods) {
      const times = (last.query(ask(name)).data as Depth[]).map(({ timestamp }) =>
        Math.floor((timestamp * 1000) / intervalMs),
      )
      const steps = times.slice(1).map((number, i) => number - times[i]!)
      // One place after the other; the stop shows as a gap of its length, where the ring reaches back that far.
      expect(
        steps.filter((step) => step !== 1 && step * intervalMs < 2 * 86_400_000),
        name,
      ).toEqual([])
    }
    expect(last.query(ask('1y')).total).toBe(100)
    expect(
      Math.max(...(last.query(ask('1mo', { stat: 'max' })).data as Depth[]).map(({ depth }) => depth)),
    ).toBe(1000)
    expect(PERIODS).toHaveLength(5)
  })
})
