import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { newFolder } from '../support/folder.ts'
import { answering } from '../support/listening.ts'
import { until } from '../support/until.ts'
import { openSockets, tcpTarget } from './support.ts'
import { watching } from './watching.ts'

describe('targets that are watched', () => {
  test('give numbers that can be worked out again from the log of checks to the last digit', async () => {
    let requests = 0
    const flapping = await answering((_, response) => {
      response.statusCode = requests++ % 3 === 1 ? 500 : 200
      setTimeout(() => response.end('x'), requests % 5)
    })
    const steady = await tcpTarget()
    const { poller, checks, rows } = watching({
      flapping: `http://127.0.0.1:${flapping.port}/`,
      steady: `tcp://127.0.0.1:${steady.port}`,
      refused: 'tcp://127.0.0.1:1',
    })
    await until(() => checks().length >= 7)
    await poller.stop()
    const logged = checks()
    for (const row of rows()) {
      const mine = logged.filter(({ target }) => target === row.alias)
      const healthy = mine.filter(({ status }) => status === 'healthy').length
      const sum = mine.reduce((total, { latency_us }) => total + latency_us, 0)
      expect(row, row.alias).toMatchObject({
        uptime: healthy / mine.length,
        downtime: (mine.length - healthy) / mine.length,
        avg_latency: Math.round(sum / mine.length) / 1000,
      })
    }
  })

  test('that hang are counted on every beat, and hold up no other', async () => {
    const hanging = await tcpTarget()
    const fine = await tcpTarget()
    const many = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`hang${i}`, `http://127.0.0.1:${hanging.port}/${i}`]),
    )
    const { checks, poller } = watching({ ...many, fine: `tcp://127.0.0.1:${fine.port}` })
    const of = (alias: string) => checks().filter(({ target }) => target === alias)
    await until(() => of('fine').length >= 2 && Object.keys(many).every((alias) => of(alias).length >= 2))
    await poller.stop()
    const healthy = of('fine')
    for (const alias of Object.keys(many)) {
      expect(Math.abs(of(alias).length - healthy.length)).toBeLessThanOrEqual(2)
      for (const { status, reason } of of(alias))
        expect([status, reason]).toEqual(['unhealthy', 'no answer within 1s'])
    }
    for (const { latency_us } of healthy) expect(latency_us).toBeLessThan(800_000)
    await until(() => hanging.sockets.size === 0, 'no socket is left')
    await until(() => openSockets().length <= 2)
  })

  test('are checked at times of their own within the interval', async () => {
    /** In each second, the tenths of it in which one was checked. */
    const seconds = new Map<number, Set<number>>()
    const target = await answering((_, response) => {
      const tenth = Math.floor(Date.now() / 100)
      const second = Math.floor(tenth / 10)
      seconds.set(second, (seconds.get(second) ?? new Set()).add(tenth))
      response.end()
    })
    const targets = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [`t${i}`, `http://127.0.0.1:${target.port}/`]),
    )
    const { poller } = watching(targets)
    // A busy machine may hold some up in one second, not in each.
    await until(() => [...seconds.values()].some(({ size }) => size >= 9))
    await poller.stop()
  })

  test('are unhealthy only after their retries, and starting within their start period', async () => {
    const url = 'tcp://127.0.0.1:1'
    const { checks, now, changes } = watching({
      patient: { url, retries: 2 },
      late: { url, startPeriodMs: 1500 },
    })
    await until(() => changes().filter((line) => line.includes(' is unhealthy')).length === 2)
    const statuses = (alias: string) =>
      checks()
        .filter(({ target }) => target === alias)
        .map(({ status }) => status)
    expect(statuses('patient').slice(0, 3)).toEqual(['unknown', 'unknown', 'unhealthy'])
    expect(statuses('late')[0]).toBe('starting')
    expect(statuses('late').at(-1)).toBe('unhealthy')
    await until(() => now()('patient').reason === 'connection refused')
    expect(changes()).toContain('patient is unhealthy: connection refused')
    expect(changes().find((line) => line.startsWith('late is unhealthy'))).toMatch(
      /, it was starting for \ds$/,
    )
  })

  test('nap in their quiet windows, unchecked', async () => {
    const target = await tcpTarget()
    let connections = 0
    const counted = await tcpTarget(() => connections++)
    const { checks, now } = watching({
      quiet: { url: `tcp://127.0.0.1:${counted.port}`, quiet: ['00:00-12:00', '12:00-24:00'] },
      loud: `tcp://127.0.0.1:${target.port}`,
    })
    await until(() => checks().length >= 4)
    await until(() => now()('quiet').status === 'napping')
    expect(now()('quiet')).toMatchObject({ status: 'napping', reason: 'quiet window' })
    expect(connections).toBe(0)
  })

  test('that cannot be reached for want of what they depend on are unknown, whoever is checked first', async () => {
    const gateway = await tcpTarget()
    const { checks, now, poller } = watching(
      Object.fromEntries([
        ['gateway', `tcp://127.0.0.1:${gateway.port}`],
        ...Array.from({ length: 10 }, (_, i) => [
          `behind${i}`,
          { url: 'tcp://127.0.0.1:1', dependsOn: 'gateway' },
        ]),
      ]),
    )
    await until(() => checks().length >= 14)
    expect(now()('behind3')).toMatchObject({ status: 'unhealthy', reason: 'connection refused' })
    const before = checks().length
    await gateway.stop()
    await until(() => checks().length >= before + 14)
    await poller.stop()
    const after = checks().slice(before)
    for (const { target, status } of after.filter(({ target }) => target !== 'gateway'))
      expect([target, status]).toEqual([target, 'unknown'])
    expect(after.find(({ target }) => target === 'behind3')!.reason).toBe(
      'gateway, which it depends on, fails: connection refused',
    )
    // Being asked by others adds nothing to its own history.
    const own = checks().filter(({ target }) => target === 'gateway').length
    const others = checks().filter(({ target }) => target === 'behind3').length
    expect(Math.abs(own - others)).toBeLessThanOrEqual(1)
  })
})

describe('a change of the targets while they are watched', () => {
  test('adds, removes and changes, and lets the others be', async () => {
    const a = await tcpTarget()
    const b = await tcpTarget()
    const url = (port: number) => `tcp://127.0.0.1:${port}`
    const { source, checks, now, rows, changes } = watching({
      kept: url(a.port),
      changed: 'tcp://127.0.0.1:1',
      gone: url(b.port),
    })
    await until(() => ['kept', 'changed', 'gone'].every((alias) => Number(now()(alias).checked) > 0))
    const { since } = now()('kept')
    source.update({
      intervalMs: 1000,
      targets: { kept: url(a.port), changed: url(b.port), added: 'tcp://127.0.0.1:1' },
    })
    const before = checks().length
    await until(() => ['kept', 'changed', 'added'].every((alias) => Number(now()(alias).checked) > 0))
    await until(() => checks().length > before + 6)
    expect(
      checks()
        .slice(before)
        .map(({ target }) => target),
    ).not.toContain('gone')
    expect(now()('kept')).toMatchObject({ status: 'healthy', since })
    expect(now()('changed').status).toBe('healthy')
    const [told] = source.events.list({ keyword: 'changed' }).data
    expect(told).toMatchObject({ from: 'unhealthy', to: 'healthy' })
    // From the first failure, not from the change of its address.
    expect(told!.after_s).toBeCloseTo(
      told!.timestamp - source.events.list({ keyword: 'changed' }).data[1]!.timestamp,
      3,
    )
    expect(now()('gone')).toEqual({})
    // One sample later the history knows all of it.
    await until(() => rows().some(({ alias }) => alias === 'added'))
    expect(rows().map(({ alias, current_status }) => [alias, current_status])).toEqual([
      ['added', 'unhealthy'],
      ['changed', 'healthy'],
      ['gone', 'healthy'],
      ['kept', 'healthy'],
    ])
    expect(changes().map((line) => line.replace(/ for \d+s$/, ''))).toEqual(
      expect.arrayContaining([
        'changed is healthy, it was unhealthy',
        'added is unhealthy: connection refused',
      ]),
    )
  })

  test('that is wrong changes nothing', async () => {
    const { source, now } = watching({ a: 'tcp://127.0.0.1:1' })
    await until(() => Number(now()('a').checked) > 0)
    expect(() => source.update({ targets: { b: 'nothing' } })).toThrow(
      'cannot watch "b": url: invalid address',
    )
    expect(() => source.update({ targets: {}, nameservers: ['not an address'] })).toThrow('Invalid IP')
    const { checked } = now()('a')
    await until(() => now()('a').checked !== checked)
  })
})

describe('changes of status', () => {
  test('are told once each, kept with their reasons, and a restart is none', async () => {
    const dir = newFolder()
    const target = await answering((_, response) => response.end())
    const { port } = target
    const url = `http://127.0.0.1:${port}/`
    const first = watching({ home: url }, {}, dir)
    await until(() => first.now()('home').status === 'healthy')
    await target.stop()
    await until(() => first.now()('home').status === 'unhealthy')
    await sleep(1100)
    await first.poller.stop()
    expect(first.changes()).toEqual([
      expect.stringMatching(/^home is unhealthy: connection refused, it was healthy for \d+s$/),
    ])
    const second = watching({ home: url }, {}, dir)
    await until(() => second.now()('home').status === 'unhealthy')
    await answering((_, response) => response.end(), port)
    await until(() => second.now()('home').status === 'healthy')
    await second.poller.stop()
    expect(second.changes()).toEqual([expect.stringMatching(/^home is healthy, it was unhealthy for \d+s$/)])
    const third = watching({ home: url }, {}, dir)
    await until(() => third.now()('home').status === 'healthy')
    expect(third.changes()).toEqual([])
    expect(third.source.events.list({})).toMatchObject({
      total: 2,
      data: [
        { alias: 'home', from: 'unhealthy', to: 'healthy', reason: null },
        { alias: 'home', from: 'healthy', to: 'unhealthy', reason: 'connection refused' },
      ],
    })
  })
})
