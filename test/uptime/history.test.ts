import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { PERIODS, Poller } from '../../src/period/index.ts'
import type { UptimeRow } from '../../src/uptime/index.ts'
import { createUptime, type SuppliedStatus } from '../../src/uptime/index.ts'
import { TestClock } from '../support/clock.ts'
import { ask } from '../support/depth.ts'
import { newFolder } from '../support/folder.ts'
import { keptLog } from '../support/log.ts'
import { supplied } from './supplied.ts'

const FIXTURES = 'test/fixtures/godoxy'

describe('a month', () => {
  test('shows an outage of ten minutes exactly', async () => {
    const MONTH_MS = 30 * 86_400_000
    const STEP_MS = 60_000
    const begins = 1_795_000_000_000 + 12 * 86_400_000
    const { rows, pass } = supplied((ms) => ({
      always: { status: 'healthy', latencyMs: 12.5 },
      once: { status: ms > begins && ms <= begins + 600_000 ? 'unhealthy' : 'healthy', latencyMs: 3 },
    }))
    await pass(MONTH_MS, STEP_MS)
    const [always, once] = rows('1mo')
    // The first slot of the month has just left it, or is about to: what it held is not counted.
    const checks = once!.statuses.length
    expect(checks).toBe(100)
    expect(always).toMatchObject({ uptime: 1, downtime: 0, avg_latency: 12.5 })
    const counted = 10 / once!.downtime
    expect(Math.abs(counted - Math.round(counted))).toBeLessThan(1e-6)
    expect(counted).toBeGreaterThan((30 * 1440 * 98) / 100)
    expect(counted).toBeLessThanOrEqual(30 * 1440)
    expect(once!.uptime + once!.downtime).toBeCloseTo(1, 15)
    expect((once!.downtime * 100).toFixed(3)).toBe('0.023')
    expect(rows('5m')[1]).toMatchObject({ downtime: 0, current_status: 'healthy' })
  })

  test('of which the poller was down for an hour shows a gap, not downtime', async () => {
    const { clock, rows, pass } = supplied(() => ({ a: { status: 'healthy' } }))
    await pass(2 * 3_600_000, 36_000)
    clock.jump(3_600_000)
    await pass(3_600_000, 36_000)
    const [row] = rows('1d')
    expect(row).toMatchObject({ uptime: 1, downtime: 0 })
    const slots = row!.statuses.map(({ timestamp }) => Math.floor(timestamp / 864))
    expect(Math.max(...slots.map((slot, i) => slot - (slots[i - 1] ?? slot)))).toBeGreaterThan(3)
  })
})

describe('the file of the original', () => {
  test('is loaded, and answered as the original answers', async () => {
    const dir = newFolder()
    copyFileSync(join(FIXTURES, 'data-uptime.json'), join(dir, 'uptime.json'))
    const file = JSON.parse(readFileSync(join(dir, 'uptime.json'), 'utf8'))
    const all = file.entries['5m'].entries as {
      timestamp: number
      statuses: Record<string, { status: string; latency: number }>
    }[]
    const log = keptLog()
    const clock = new TestClock(all.at(-1)!.timestamp * 1000)
    const poller = new Poller(createUptime({ targets: {} }), { dir, clock, log })
    poller.load()
    expect(log.said).toEqual([])
    const { total, data } = poller.query(ask('5m')) as { total: number; data: UptimeRow[] }
    const expected = JSON.parse(readFileSync(join(FIXTURES, 'uptime_5m.json'), 'utf8')) as {
      total: number
      data: UptimeRow[]
    }
    expect(total).toBe(expected.total)
    expect(data.map(({ alias }) => alias)).toEqual(expected.data.map(({ alias }) => alias))
    const keys = Object.keys(expected.data[0]!)
    expect(Object.keys(data[0]!).filter((key) => key !== 'display_name')).toEqual(keys)
    expect(Object.keys(data[0]!.statuses[0]!).sort()).toEqual(
      Object.keys(expected.data[0]!.statuses[0]!).sort(),
    )
    const newest = Math.floor(clock.ms / 3000)
    for (const row of data) {
      // Of the file's entries those that lie in the same slot of 3 s are one: the later stays, as it is with its own.
      const mine = all.filter((entry, i) => {
        const slot = Math.floor(entry.timestamp / 3)
        return slot > newest - 100 && Math.floor((all[i + 1]?.timestamp ?? Number.MAX_VALUE) / 3) !== slot
      })
      const statuses = mine.map(({ timestamp, statuses }) => ({ timestamp, ...statuses[row.alias]! }))
      expect(row.statuses.map(({ status, timestamp }) => [status, timestamp])).toEqual(
        statuses.map(({ status, timestamp }) => [status, timestamp]),
      )
      const counted = statuses.filter(({ status }) => status !== 'unknown')
      const part = (...words: string[]) =>
        counted.filter(({ status }) => words.includes(status)).length / counted.length
      expect(row.uptime).toBe(part('healthy'))
      expect(row.downtime).toBe(part('unhealthy', 'error'))
      expect(row.idle).toBe(part('napping', 'starting'))
      expect(row.current_status).toBe(statuses.at(-1)!.status)
      const known = row.statuses.filter(({ status }) => status !== 'unknown')
      expect(known.map(({ latency }) => latency)).toEqual(
        counted.map(({ latency }) => Math.floor(latency / 1e6)),
      )
    }
    await poller.stop()
    // And goes on in our own form.
    const again = new Poller(createUptime({ targets: {} }), { dir, clock, log })
    again.load()
    expect(again.query(ask('5m'))).toMatchObject({ total, data })
    expect(log.said).toEqual([])
  })
})

describe('rows', () => {
  test('are cut, and filtered by alias', async () => {
    const aliases = ['alpha-01', 'alpha-02', 'alpha-03', 'beta-01']
    const { rows, pass, poller } = supplied(() =>
      Object.fromEntries(
        aliases.map((alias) => [alias, { status: 'healthy', displayName: alias.toUpperCase() }]),
      ),
    )
    await pass(2000, 1000)
    const named = (more: object) => rows('5m', more).map(({ alias }) => alias)
    expect(named({})).toEqual(aliases)
    expect(named({ limit: 2, offset: 1 })).toEqual(['alpha-02', 'alpha-03'])
    expect(named({ keyword: 'A3' })).toEqual(['alpha-03'])
    expect(named({ offset: 9 })).toEqual([])
    expect(poller.query(ask('5m', { keyword: 'alpha', limit: 1 })).total).toBe(3)
    expect(rows('5m')[0]!.display_name).toBe('ALPHA-01')
  })

  test('give mean and maximum of latency, no minimum', async () => {
    let ms = 0
    const { rows, pass } = supplied(() => {
      ms += 10
      return { a: { status: 'healthy', latencyMs: ms } }
    })
    await pass(3000, 1000)
    const all = rows('15m')[0]!.statuses
    const most = rows('15m', { stat: 'max' })[0]!.statuses
    expect(most.at(-1)!.latency).toBe(30)
    expect(all.at(-1)!.latency).toBeLessThan(30)
    expect(rows('15m')[0]!.avg_latency).toBe(20)
    expect(() => rows('15m', { stat: 'min' })).toThrow('of uptime there are mean and max')
  })

  test('of a target that is gone stay for its rings, and are in no newer slot', async () => {
    let gone = false
    const { clock, rows, pass } = supplied(
      (): Record<string, SuppliedStatus> =>
        gone ? { a: { status: 'healthy' } } : { a: { status: 'healthy' }, b: { status: 'napping' } },
    )
    await pass(9000, 1000)
    gone = true
    await pass(9000, 1000)
    const [a, b] = rows('5m')
    expect(b).toMatchObject({ alias: 'b', idle: 1, uptime: 0, current_status: 'napping' })
    expect(b!.statuses.length).toBeLessThan(a!.statuses.length)
    clock.pass(300_000)
    await pass(1000, 1000)
    expect(rows('5m').map(({ alias }) => alias)).toEqual(['a'])
    expect(rows('1h').map(({ alias }) => alias)).toEqual(['a', 'b'])
  })

  test('survive a crash by the journal, every check once', async () => {
    const dir = newFolder()
    const script = (ms: number): Record<string, SuppliedStatus> => ({
      a: { status: ms % 7000 < 2000 ? 'unhealthy' : 'healthy', latencyMs: (ms % 13_000) / 1000 },
      ...(ms % 3000 < 1500 ? { b: { status: 'starting' } as const } : {}),
    })
    const first = supplied(script, dir)
    await first.pass(40_000, 1000)
    await first.poller.save()
    await first.pass(25_000, 1000)
    await sleep(50)
    // Lines gather for two seconds: what was written by now is what a killed process leaves.
    const lines = readFileSync(join(dir, 'uptime.journal'), 'utf8').trim().split('\n').length
    const second = new Poller(createUptime({ targets: {} }), { dir, clock: first.clock })
    second.load()
    const third = supplied(script)
    await third.pass(40_000 + lines * 1000, 1000)
    const now = { now: () => first.clock.ms, monotonic: () => 0 }
    expect(now.now()).toBe(first.clock.ms)
    for (const { name } of PERIODS.slice(1)) {
      const names = (rows: UptimeRow[]) => rows.map(({ display_name: _, ...row }) => row)
      expect(names(second.query(ask(name)).data as UptimeRow[])).toEqual(names(third.rows(name)))
    }
  })

  test('have their names once in the file, however often the program starts anew', async () => {
    const dir = newFolder()
    let targets = ['old', 'still']
    for (let run = 0; run < 4; run++) {
      const statuses = () =>
        Object.fromEntries(targets.map((alias) => [alias, { status: 'healthy' } as const]))
      const { pass, poller, clock } = supplied(statuses, dir)
      clock.pass(run * 3_600_000)
      await pass(20_000, 1000)
      targets = ['new', 'still']
      await pass(20_000, 1000)
      await poller.stop()
    }
    const { shared } = JSON.parse(readFileSync(join(dir, 'uptime.json'), 'utf8'))
    expect(shared.lists.map((list: string[]) => list.join())).toEqual(['old,still,new', 'new,still'])
  })

  test('lose no check and know no negative time when the clock is set back', async () => {
    let asked = 0
    const { clock, rows, pass, poller } = supplied(() => {
      asked++
      return { a: { status: 'healthy', latencyMs: 1 } }
    })
    await pass(10_000, 1000)
    clock.jump(-3_600_000)
    await pass(10_000, 1000)
    clock.jump(3_600_000)
    await pass(10_000, 1000)
    expect(poller.latest!.statuses.a).toMatchObject({ status: 'healthy', latency: 1_000_000 })
    expect(poller.latest!.statuses.a!.uptime).toBeGreaterThanOrEqual(0)
    expect(asked).toBe(30)
    expect(rows('1d')[0]).toMatchObject({ uptime: 1, avg_latency: 1 })
  })
})
