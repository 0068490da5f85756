import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Heartbeats } from '../../src/uptime/probe/push.ts'
import { setWallClock } from '../support/clock.ts'
import { newFolder } from '../support/folder.ts'
import { until } from '../support/until.ts'
import { watching } from './watching.ts'

const refused = 'tcp://127.0.0.1:1'

describe('a target that reports itself', () => {
  test('is known over a restart: nobody listened meanwhile, so that was no silence', async () => {
    const dir = newFolder()
    const targets = { backup: 'push:5s', other: 'push' }
    const first = watching(targets, {}, dir)
    first.source.heartbeat('backup', { latencyMs: 12.5 })
    await until(() => first.now()('backup').status === 'healthy')
    await first.poller.stop()
    const second = watching(targets, {}, dir)
    await until(() => second.now()('backup').checked !== null && second.now()('other').checked !== null)
    expect(second.now()('backup')).toMatchObject({ status: 'healthy', latency: 12_500_000 })
    expect(second.now()('other')).toMatchObject({ status: 'unknown', reason: 'no heartbeat yet' })
    await second.poller.stop()
    // A week later.
    setWallClock(7 * 86_400_000)
    const third = watching(targets, {}, dir)
    await until(() => third.now()('backup').checked !== null)
    expect(third.now()('backup')).toMatchObject({
      status: 'unknown',
      reason: expect.stringMatching(/^no heartbeat for .*, part of which nobody listened$/),
    })
    await until(() => third.now()('backup').status === 'unhealthy', 'silence while it is listened is noticed')
    third.source.heartbeat('backup')
    await until(() => third.now()('backup').status === 'healthy')
  })

  test('is written within a second of its report, also of many at once', async () => {
    const dir = newFolder()
    const { source, poller } = watching({ backup: 'push:25h', other: 'push' }, {}, dir)
    await until(() => poller.latest !== undefined)
    const kept = () => {
      const path = join(dir, 'uptime.heartbeats.json')
      return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
    }
    // Reported before it is looked whether it was: that is when a program may crash.
    for (const latencyMs of [1, 2, 3]) {
      const at = performance.now()
      source.heartbeat('backup', { latencyMs: 0 })
      source.heartbeat('other', { latencyMs })
      source.heartbeat('backup', { latencyMs })
      await until(() => kept().backup?.latency_ms === latencyMs && kept().other.latency_ms === latencyMs)
      expect(performance.now() - at).toBeLessThan(2000)
    }
  })

  test('that reports itself before the first sample does not cost what was kept of others', async () => {
    const dir = newFolder()
    const other = {
      timestamp: Date.now() / 1000,
      silent_s: 1,
      status: 'healthy',
      latency_ms: 7,
      reason: null,
    }
    writeFileSync(join(dir, 'uptime.heartbeats.json'), JSON.stringify({ other }))
    const { source, now } = watching({ job: 'push', other: 'push' }, {}, dir)
    source.heartbeat('job')
    await until(() => now()('job').status === 'healthy' && now()('other').status === 'healthy')
    await until(
      () => Object.keys(JSON.parse(readFileSync(join(dir, 'uptime.heartbeats.json'), 'utf8'))).length === 2,
    )
  })

  test('is unknown where its file is none, which is said', async () => {
    const dir = newFolder()
    writeFileSync(join(dir, 'uptime.heartbeats.json'), '{"job":')
    const { now, log } = watching({ job: 'push' }, {}, dir)
    await until(() => now()('job').checked !== null)
    expect(now()('job').reason).toBe('no heartbeat yet')
    expect(log.said.map(({ message }) => message)).toContain('cannot read heartbeats')
  })

  test.each([
    ['nothing', null],
    ['no time', { silent_s: 1, status: 'healthy', latency_ms: 1, reason: null }],
    ['a word that is no status', { timestamp: 1, silent_s: 1, status: 'fine', latency_ms: 1, reason: null }],
  ])('is not taken from %s in its file', async (_, job) => {
    const dir = newFolder()
    writeFileSync(join(dir, 'uptime.heartbeats.json'), JSON.stringify({ job }))
    const { now } = watching({ job: 'push' }, {}, dir)
    await until(() => now()('job').checked !== null)
    expect(now()('job').reason).toBe('no heartbeat yet')
  })

  test('stays what it was when it gets another name, interval or grace', async () => {
    const { source, now, checks } = watching({ job: 'push:1h', tcp: refused })
    source.heartbeat('job')
    await until(() => now()('job').status === 'healthy' && now()('tcp').status === 'unhealthy')
    const { since } = now()('tcp')
    const renamed = { displayName: 'Nightly', group: 'jobs' }
    source.update({
      intervalMs: 1000,
      targets: { job: { url: 'push:1h', ...renamed }, tcp: { url: refused, ...renamed } },
    })
    expect(source.displayNameOf('tcp')).toBe('Nightly')
    await until(() => now()('tcp').display_name === 'Nightly')
    // Nothing began anew.
    expect(now()('tcp')).toMatchObject({ status: 'unhealthy', since, group: 'jobs' })
    expect(now()('job').status).toBe('healthy')
    source.update({ intervalMs: 1000, targets: { job: { url: 'push:2h', timeoutMs: 500 } } })
    const before = checks().length
    await until(() => checks().length > before)
    expect(checks().at(-1)).toMatchObject({ target: 'job', status: 'healthy' })
  })

  test('that says it naps neither succeeds nor fails, nor does it make others unknown', async () => {
    const { source, poller, now } = watching({ gate: 'push', behind: { url: refused, dependsOn: 'gate' } })
    source.heartbeat('gate', { status: 'napping' })
    await until(() => now()('gate').status === 'napping' && now()('behind').checked !== null)
    await until(() => now()('behind').status === 'unhealthy', 'it is judged by itself')
    const told = source.families(poller.latest!).find(({ name }) => name === 'probe_success')!.points
    expect(told).toEqual([{ labels: { source: 'uptime', target: 'behind' }, value: 0 }])
  })

  test('is told and counted as it reports itself, not when it is looked for', async () => {
    const { source, now, rows } = watching({ job: 'push', slow: { url: 'push', intervalMs: 30_000 } })
    for (const alias of ['job', 'slow']) {
      await until(() => now()(alias).checked !== null)
      source.heartbeat(alias, { latencyMs: 1 })
      const at = Date.now() / 1000
      source.heartbeat(alias, { status: 'unhealthy', reason: 'no space' })
      await sleep(100)
      source.heartbeat(alias)
      const told = source.events.list({ keyword: alias }).data
      expect(told).toMatchObject([
        { from: 'unhealthy', to: 'healthy' },
        { from: 'healthy', to: 'unhealthy', reason: 'no space' },
      ])
      expect(told[0]!.after_s).toBeGreaterThan(0.09)
      expect(told[0]!.after_s).toBeLessThan(5)
      expect(Math.abs(told[1]!.timestamp - at)).toBeLessThan(0.5)
    }
    // Of three reports one was bad; beats may have told the last again.
    await until(() => rows().length === 2 && rows().every(({ downtime }) => downtime > 0 && downtime < 0.34))
  })

  test('that says once that it is not well has failed once, however often it is looked for', async () => {
    const { source, now, checks } = watching({ job: { url: 'push', retries: 1 } })
    await until(() => now()('job').checked !== null)
    source.heartbeat('job')
    source.heartbeat('job', { status: 'unhealthy' })
    const before = checks().length
    await until(() => checks().length >= before + 2)
    expect(now()('job')).toMatchObject({
      status: 'healthy',
      reason: 'says it is unhealthy (1 of 2 in a row)',
    })
    source.heartbeat('job', { status: 'unhealthy' })
    await until(() => now()('job').status === 'unhealthy')
  })

  test('once an interval is counted once an interval, as its silence is', async () => {
    const { source, now, checks } = watching({ job: 'push:1h' })
    await until(() => now()('job').checked !== null)
    const before = checks().length
    const began = performance.now()
    for (let i = 0; i < 3; i++) {
      source.heartbeat('job')
      await sleep(1000)
    }
    const intervals = (performance.now() - began) / 1000
    expect(checks().length - before).toBeLessThanOrEqual(Math.ceil(intervals))
  })

  test('tells a latency of whatever size within what is kept', () => {
    const heartbeats = new Heartbeats(60_000)
    heartbeats.take({ latencyMs: 7 * 86_400_000 })
    heartbeats.probe(({ latencyUs }) => expect(latencyUs).toBe(2 ** 32 - 1))
  })
})

test('a stop between two samples loses none of the checks that have ended', async () => {
  const targets = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`t${i}`, refused]))
  const dir = newFolder()
  const { poller, checks, rows } = watching(targets, {}, dir, 1000)
  await until(() => checks().length >= 60)
  // The beat of samples is at the whole second: here half of the targets have been checked since.
  await sleep(1500 - (Date.now() % 1000))
  await poller.stop()
  const logged = checks()
  await sleep(300)
  expect(checks().length).toBe(logged.length)
  const { entries } = JSON.parse(readFileSync(join(dir, 'uptime.json'), 'utf8')) as {
    entries: Record<string, { entries: { checks: number[] }[] }>
  }
  const counted = entries['5m']!.entries.flatMap(({ checks }) => checks).reduce((a, b) => a + b)
  expect(counted).toBe(logged.length)
  expect(rows()).toHaveLength(60)
})
