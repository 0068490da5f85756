import { describe, expect, it } from 'vitest'
import { machineProblems } from '../../../web/src/problems/machine.ts'
import { pollerProblems } from '../../../web/src/problems/pollers.ts'
import { severityOf } from '../../../web/src/problems/problem.ts'
import { recorderProblems } from '../../../web/src/problems/recorders.ts'
import { findSince, meansOf } from '../../../web/src/problems/since.ts'
import { targetProblems } from '../../../web/src/problems/targets.ts'
import { tally } from '../../../web/src/targets.ts'

/** As it is read: the narrow space between number and unit stands for a plain one. */
const plain = (text: string) => text.replaceAll('\u202f', ' ')

describe('what is wrong', () => {
  const sample = {
    timestamp: 1,
    cpu_average: 100,
    cpu: null,
    load: { load1: 9, load5: 8.4, load15: 7 },
    memory: { total: 1000, available: 80, used: 920, free: 10, used_percent: 92 },
    swap: { total: 0, used: 0, free: 0, used_percent: null },
    disks: {
      sda: { path: '/', fstype: 'ext4', total: 1000, free: 30, used: 960, used_percent: 96.97 },
      sdb: {
        path: '/mnt/nas',
        fstype: 'nfs',
        total: 9,
        free: 9,
        used: 0,
        used_percent: 0,
        stale: true as const,
      },
    },
    disks_io: null,
    network: null,
    sensors: [
      { name: 'cpu', temperature: 88, high: 84, critical: 100 },
      { name: 'odd', temperature: 40, high: 0, critical: 0 },
    ],
    cgroup: null,
  }
  const quiet = { cpu: 12, iowait: 0, steal: 0 }
  const host = { cores: 4 } as never

  it('with a machine is said of what runs short, with where to look since when', () => {
    const problems = machineProblems('system_info', sample, quiet, host)
    expect(problems.map(({ severity, subject, text }) => plain(`${severity} ${subject}: ${text}`))).toEqual([
      'bad Disk /: 96 % full, 30 B left',
      'bad Disk /mnt/nas: does not answer; what is shown is its last answer',
      'warn Memory: 92 % used, 80 B available',
      'warn Load: 8.4 over five minutes, on 4 CPUs',
      'warn cpu: 88 °C, its limit is 84 °C',
    ])
    expect(problems[0]!.since).toEqual({
      source: 'system_info',
      aggregate: 'disk_usage',
      key: 'sda',
      least: 841.5,
    })
    expect(machineProblems('system_info', sample, { cpu: 99, iowait: 70, steal: 20 }, host)).toHaveLength(8)
  })

  it('with a machine is nothing where nothing is known', () => {
    const none = Object.fromEntries(Object.keys(sample).map((key) => [key, null])) as unknown as typeof sample
    expect(machineProblems('system_info', none, { cpu: null, iowait: null, steal: null }, undefined)).toEqual(
      [],
    )
  })

  it('with a source is said once, its faults only while it can be read', () => {
    const state = {
      name: 'x',
      last_sample: 5,
      polls: 1,
      failures: 1,
      late: 0,
      duration_ms: 1,
      last_error: null,
      saved: true,
      faults: [],
    }
    const view = () => ({ view: 'overview' as const })
    expect(pollerProblems([state], view)).toEqual([])
    const broken = { ...state, last_error: 'gone', faults: ['a', 'b'] }
    expect(pollerProblems([broken], view)).toMatchObject([
      { text: 'cannot be read: gone', since: 5, severity: 'bad' },
    ])
    const stuttering = { ...broken, last_sample: null, last_error: 'cannot read app:1: refused' }
    expect(pollerProblems([stuttering], view)).toMatchObject([
      { text: 'cannot be read since treering started: app:1: refused', since: undefined },
    ])
    expect(
      pollerProblems([{ ...state, saved: false, faults: ['a'] }], view).map(({ severity }) => severity),
    ).toEqual(['bad', 'warn'])
  })

  it('with a recorder is said with what waits and what is lost', () => {
    const recorder = {
      name: 'main',
      destination: 'http://127.0.0.1:9200',
      shipped: 9,
      refused: 0,
      dropped: 0,
      queued: 0,
      spooled: 0,
      last_shipped: 5,
      last_error: null,
    }
    expect(recorderProblems([recorder])).toEqual([])
    const stuck = { ...recorder, last_error: 'connection refused', queued: 1200, spooled: 30, dropped: 4 }
    expect(recorderProblems([stuck])).toMatchObject([{ severity: 'bad', since: 5 }])
    expect(plain(recorderProblems([stuck])[0]!.text)).toBe(
      'cannot ship to http://127.0.0.1:9200: connection refused; 1 230 wait, 4 are lost',
    )
    const one = { ...stuck, queued: 1, spooled: 0, refused: 1, dropped: 1 }
    expect(recorderProblems([one])[0]!.text).toMatch(
      /: connection refused; 1 waits, 1 is refused, 1 is lost$/,
    )
    const refusing = { ...recorder, last_error: 'HTTP 403', refused: 12, last_shipped: null }
    expect(recorderProblems([refusing])).toMatchObject([
      {
        severity: 'bad',
        text: 'cannot ship to http://127.0.0.1:9200: HTTP 403; 12 are refused',
        since: undefined,
      },
    ])
  })

  it('is dated by the first row of the shortest period that shows its beginning', async () => {
    const over = { key: 'v', least: 90 }
    const periods = ['short', 'long']
    const of =
      (rows: Readonly<Record<string, readonly (readonly [number, number])[]>>) => async (period: string) =>
        rows[period]!.map(([timestamp, v]) => ({ timestamp, v }))
    expect(
      await findSince(
        over,
        periods,
        of({
          short: [
            [1, 50],
            [2, 95],
            [3, 95],
          ],
          long: [],
        }),
      ),
    ).toEqual({ at: 2, atLeast: false })
    const long = {
      short: [
        [90, 95],
        [100, 95],
      ],
      long: [
        [40, 20],
        [60, 91],
        [80, 96],
        [100, 60],
      ],
    } as const
    expect(await findSince(over, periods, of(long))).toEqual({ at: 60, atLeast: false })
    expect(await findSince(over, periods, of({ short: [[9, 95]], long: [[9, 95]] }))).toEqual({
      at: 9,
      atLeast: true,
    })
    expect(await findSince(over, periods, of({ short: [[9, 5]], long: [] }))).toBeUndefined()
  })

  it('is dated by the means it is judged by: a second of rest within a busy minute is no new beginning', async () => {
    const over = { key: 'v', least: 90, meanSeconds: 60 }
    // Busy since second 150, but for a moment at 270: slots of 3 s, now is 300.
    const rows = Array.from({ length: 100 }, (_, i) => ({
      timestamp: (i + 1) * 3,
      v: i * 3 >= 150 && i !== 90 ? 100 : 10,
    }))
    const found = await findSince(over, ['5m'], async () => rows)
    expect(found).toEqual({ at: 204, atLeast: false })
    expect(await findSince({ key: 'v', least: 90 }, ['5m'], async () => rows)).toEqual({
      at: 276,
      atLeast: false,
    })
  })

  it('is dated by the rows themselves where they are farther apart than what they are judged by', async () => {
    const points = [
      [1, 5],
      [865, 7],
      [1729, 9],
    ] as const
    expect(meansOf(points, 60)).toBe(points)
    expect(
      meansOf(
        [
          [3, 10],
          [6, 20],
          [9, null],
          [12, 40],
        ],
        6,
      ),
    ).toEqual([
      [3, 10],
      [6, 15],
      [9, 20],
      [12, 40],
    ])
  })

  it('with up to three targets is said of each, with more in one line that hides nothing else', () => {
    const statuses = (count: number) =>
      new Map([
        [
          'uptime',
          {
            timestamp: 1,
            statuses: Object.fromEntries(
              Array.from({ length: count }, (_, i) => [`a${i}`, { status: 'unhealthy', since: 100 + i }]),
            ),
          },
        ],
      ])
    expect(targetProblems(statuses(3)).map(({ subject }) => subject)).toEqual(['a2', 'a1', 'a0'])
    const [line, ...others] = targetProblems(statuses(9))
    expect(others).toEqual([])
    expect(line).toMatchObject({ subject: '9 targets', count: 9, severity: 'bad', link: { view: 'uptime' } })
    expect(line!.text).toMatch(/^are down: a8, a7, a6, a5, a4, a3 …; the last since /)
  })

  it('marks the tile it is about', () => {
    const problems = machineProblems('m', sample, quiet, host)
    expect(severityOf(problems, 'm', 'disk', 'stale')).toBe('bad')
    expect(severityOf(problems, 'm', 'memory')).toBe('warn')
    expect(severityOf(problems, 'other', 'memory')).toBeUndefined()
    expect(severityOf(problems, 'm', 'swap')).toBeUndefined()
  })
})

describe('targets', () => {
  it('are all up only when each of them is', () => {
    const of = (...statuses: string[]) => tally(statuses.map((status) => ({ status }))).told
    expect(of('healthy', 'healthy')).toBe('all 2 up')
    expect(of('healthy', 'unknown', 'napping')).toBe('1 up · 1 unknown · 1 napping')
    expect(of('unknown')).toBe('1 unknown')
    expect(of('healthy', 'unhealthy', 'error')).toBe('2 of 3 down')
  })
})
