import { expect, test } from 'vitest'
import { Poller } from '../../src/period/index.ts'
import { createUptime, type UptimeRow } from '../../src/uptime/index.ts'

test('latencies of slots are whole milliseconds, and to the microsecond for whom asks for it', async () => {
  const source = createUptime({ targets: () => ({ db: { status: 'healthy', latencyMs: 0.632 } }) })
  const poller = new Poller(source, { dir: null })
  await poller.poll()
  const latency = (params: Record<string, string>) => {
    const query = { period: '5m', stat: 'mean', limit: 0, offset: 0, keyword: '', params } as const
    const [row] = poller.query(query).data as UptimeRow[]
    return row!.statuses[0]!.latency
  }
  expect(latency({})).toBe(0)
  expect(latency({ precise: 'true' })).toBe(0.632)
  await poller.stop()
})
