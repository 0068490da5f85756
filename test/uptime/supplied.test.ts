import { describe, expect, test } from 'vitest'
import type { SuppliedStatus } from '../../src/uptime/index.ts'
import { supplied } from './supplied.ts'

describe('statuses that an embedding program supplies', () => {
  test('are told and counted as they are', async () => {
    const statuses: Record<string, SuppliedStatus> = {
      app: { status: 'napping', displayName: 'App', group: 'web' },
      api: { status: 'unhealthy', latencyMs: 7.25, reason: 'status 500' },
      old: { status: 'error' },
    }
    const { poller, rows, pass, source } = supplied(() => statuses)
    await pass(1000, 1000)
    expect(poller.latest!.toJSON().statuses).toMatchObject({
      app: { status: 'napping', display_name: 'App', group: 'web', address: null, uptime: 0 },
      api: { status: 'unhealthy', latency: 7_250_000, reason: 'status 500' },
      old: { status: 'error' },
    })
    statuses.app = { status: 'healthy' }
    await pass(5000, 1000)
    expect(poller.latest!.toJSON().statuses.app!.uptime).toBe(4e9)
    expect(rows('5m').map(({ alias, current_status }) => [alias, current_status])).toEqual([
      ['api', 'unhealthy'],
      ['app', 'healthy'],
      ['old', 'error'],
    ])
    expect(source.documents(poller.latest!)[1]).toEqual({
      timestamp: poller.latest!.timestamp,
      target: 'app',
      display_name: 'app',
      group: null,
      status: 'healthy',
      latency_ms: 0,
      reason: null,
    })
  })

  test('that are none fail the read', async () => {
    const { poller, pass } = supplied(() => ({ a: { status: 'fine' as 'healthy' } }))
    await pass(1000, 1000)
    expect(poller.status().last_error).toMatch(/^cannot take target "a": "fine" is no status/)
  })

  test('may change their aliases for ever: what is gone makes room in every entry', async () => {
    let made = 0
    const { rows, pass, source } = supplied(() =>
      Object.fromEntries(
        Array.from({ length: 2500 }, () => [`c${made++}`, { status: 'unhealthy' } as const]),
      ),
    )
    await pass(12_000, 1000)
    const aliases = rows('1mo').map(({ alias }) => alias)
    expect(aliases.length).toBeLessThanOrEqual(20_000)
    expect(aliases).toContain('c29999')
    expect(source.events.list({}).total).toBe(10_000)
  })

  test('of one that comes back are those of a new one', async () => {
    const a: Record<string, SuppliedStatus> = { a: { status: 'unhealthy' } }
    let given: typeof a = a
    const { pass, source } = supplied(() => given)
    await pass(1000, 1000)
    given = {}
    await pass(1000, 1000)
    given = a
    await pass(1000, 1000)
    const told = source.events.list({}).data.map(({ from, to, after_s }) => [from, to, after_s])
    expect(told).toEqual([
      ['unknown', 'unhealthy', null],
      ['unknown', 'unhealthy', null],
    ])
  })
})
