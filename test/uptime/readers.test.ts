import { readdirSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Config } from '../../src/config/index.ts'
import { PERIODS } from '../../src/period/index.ts'
import { createRegistry } from '../../src/process/index.ts'
import { Readers } from '../../src/readers.ts'
import { newFolder } from '../support/folder.ts'
import { keptLog } from '../support/log.ts'
import { until } from '../support/until.ts'
import { tcpTarget } from './support.ts'

type Targets = (Config['readers'][string] & { type: 'uptime' })['targets']

const noNumbers = {
  pollers: () => [],
  recorders: () => [],
  sockets: () => ({ open: 0, dropped: 0 }),
  families: () => [],
}
const flush = { send: async () => {}, recorders: () => [], canWrite: () => false }
const context = () => ({ own: noNumbers, registry: createRegistry(), version: '0', flush })

describe('a change of the configuration', () => {
  test('that concerns targets leaves the poller and what did not change as it is', async () => {
    const dir = newFolder()
    const log = keptLog()
    const readers = new Readers({ dir, periods: PERIODS, log, context })
    onTestFinished(() => readers.stop())
    const server = await tcpTarget()
    const apply = (targets: Targets) =>
      readers.apply({ watch: { type: 'uptime', intervalMs: 1000, targets } })
    const kept = `tcp://127.0.0.1:${server.port}`
    await apply({ kept })
    const [{ poller, handler }] = readers.active as [(typeof readers.active)[number]]
    await until(() => poller.latest.statuses.kept?.checked > 0)
    const { since } = poller.latest.statuses.kept
    await apply({ kept, added: 'tcp://127.0.0.1:1' })
    expect(readers.active[0]).toMatchObject({
      poller,
      handler,
      reader: { targets: { added: 'tcp://127.0.0.1:1' } },
    })
    await until(() => poller.latest.statuses.added?.checked > 0)
    expect(poller.latest.statuses.kept).toMatchObject({ status: 'healthy', since })
    // One that is wrong changes nothing.
    await expect(apply({ kept: 'nothing' })).rejects.toThrow('cannot watch "kept"')
    expect(readers.active[0]!.poller).toBe(poller)
    // Of another kind of targets, which cannot be taken over, it is made anew.
    await readers.apply({ watch: { type: 'uptime', targets: () => ({ a: { status: 'napping' } }) } })
    expect(readers.active[0]!.poller).not.toBe(poller)
    expect(Object.keys(readers.active[0]!.poller.latest.statuses)).toEqual(['a'])
    await readers.apply({})
    expect(readers.active).toEqual([])
    expect(readdirSync(dir).sort()).toEqual(['watch.events.jsonl', 'watch.json', 'watch.json.bak'])
  })

  test('that one reader refuses changes no other, and leaves what can be tried again', async () => {
    const readers = new Readers({ dir: newFolder(), periods: PERIODS, log: keptLog(), context })
    onTestFinished(() => readers.stop())
    const one = (targets: Targets) => ({ type: 'uptime', targets }) as const
    const old = { one: one({ a: 'tcp://127.0.0.1:1' }), two: one({ b: 'tcp://127.0.0.1:1' }) }
    await readers.apply(old)
    const next = {
      one: one({ other: 'tcp://127.0.0.1:1' }),
      two: one({ b: { url: 'https://x', ca: '/nowhere' } }),
    }
    await expect(readers.apply(next)).rejects.toThrow('cannot watch "b": ca: cannot read /nowhere: ENOENT')
    const watched = async () => {
      const { poller } = readers.active[0]!
      await poller.poll()
      return Object.keys(poller.latest.statuses)
    }
    expect(await watched()).toEqual(['a'])
    await readers.apply({ ...next, two: old.two })
    expect(await watched()).toEqual(['other'])
  })
})
