import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Events, MAX_EVENTS, type UptimeEvent } from '../../src/uptime/events.ts'
import { newFolder } from '../support/folder.ts'
import { keptLog } from '../support/log.ts'

const event = (n: number, more: Partial<UptimeEvent> = {}): UptimeEvent => ({
  timestamp: n,
  alias: `t${n % 3}`,
  from: 'healthy',
  to: 'unhealthy',
  reason: 'connection refused',
  after_s: 5,
  ...more,
})

describe('events', () => {
  test('are kept over a restart, newest first, cut and filtered', async () => {
    const path = join(newFolder(), 'deeper', 'uptime.events.jsonl')
    const first = new Events(path, keptLog())
    first.load()
    for (let n = 0; n < 7; n++) first.add(event(n))
    await first.close()
    const second = new Events(path, keptLog())
    second.load()
    const times = (page: object) => second.list(page).data.map(({ timestamp }) => timestamp)
    expect(times({})).toEqual([6, 5, 4, 3, 2, 1, 0])
    expect(times({ limit: 2, offset: 1 })).toEqual([5, 4])
    expect(times({ keyword: 'T0' })).toEqual([6, 3, 0])
    expect(second.list({ keyword: 't0', limit: 1 }).total).toBe(3)
    expect(second.lastKnown()).toEqual(
      new Map([
        ['t0', event(6)],
        ['t1', event(4)],
        ['t2', event(5)],
      ]),
    )
  })

  test('pass over lines that are none', () => {
    const path = join(newFolder(), 'e.jsonl')
    const lines = [event(1), { ...event(2), to: 'fine' }, 7, event(3)]
    writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    appendFileSync(path, '{"timestamp":4,"ali')
    const events = new Events(path, keptLog())
    events.load()
    expect(events.list({}).data.map(({ timestamp }) => timestamp)).toEqual([3, 1])
  })

  test('are bounded, in memory and on disk', async () => {
    const path = join(newFolder(), 'e.jsonl')
    const lines = Array.from({ length: 2 * MAX_EVENTS }, (_, n) => `${JSON.stringify(event(n))}\n`)
    writeFileSync(path, lines.join(''))
    const events = new Events(path, keptLog())
    events.load()
    events.add(event(-1, { reason: 'x'.repeat(10_000) }))
    await events.close()
    const kept = readFileSync(path, 'utf8').trim().split('\n')
    expect(kept).toHaveLength(MAX_EVENTS)
    expect(JSON.parse(kept.at(-1)!).reason).toHaveLength(512)
    expect(events.list({}).total).toBe(MAX_EVENTS)
    events.add(event(-2))
    await events.close()
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(MAX_EVENTS + 1)
  })

  test('that cannot be written are said once, and so that health knows', async () => {
    const log = keptLog()
    const events = new Events('/proc/nowhere/e.jsonl', log)
    events.load()
    for (let n = 0; n < 3; n++) events.add(event(n))
    await events.close()
    expect(events.healthy).toBe(false)
    expect(log.said.map(({ message }) => message)).toEqual(['cannot write events'])
    expect(events.list({}).total).toBe(3)
  })
})
