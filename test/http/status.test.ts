import { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import { statusHandler } from '../../src/http/status.ts'
import { type AnyPoller, Poller } from '../../src/period/index.ts'
import { createUptime, type SuppliedStatus, type UptimeSource } from '../../src/uptime/index.ts'
import { newFolder } from '../support/folder.ts'
import { targetsSource } from '../support/targets.ts'
import { tree } from '../support/tree.ts'
import { until } from '../support/until.ts'

function page(pollers: readonly AnyPoller[]) {
  const app = new Hono().get('/status.json', statusHandler(pollers))
  // biome-ignore lint/suspicious/noExplicitAny: what is answered is what is tested
  return async (): Promise<any> => (await app.request('/status.json?period=5m')).json()
}

/** Polled ten times a second until the test ends. */
function polled(source: UptimeSource, dir: string | null = null): AnyPoller {
  const poller = new Poller({ ...source, intervalMs: 100 }, { dir }).start()
  onTestFinished(() => poller.stop())
  return poller
}

describe('GET /status.json', () => {
  it('leaves out a target that is watched no more, also after a restart, whose history stays', async () => {
    const dir = newFolder()
    const known: Record<string, SuppliedStatus> = {
      gone: { status: 'unhealthy' },
      here: { status: 'healthy' },
    }
    const targets = () => ({ ...known })
    const poller = polled(createUptime({ targets }), dir)
    const aliases = async () =>
      (await page([poller])()).targets.map((target: { alias: string }) => target.alias)
    await until(async () => (await aliases()).length === 2)
    delete known.gone
    await until(async () => String(await aliases()) === 'here', 'one is left')
    const query = { period: '5m', stat: 'mean', limit: 0, offset: 0, keyword: 'gone', params: {} } as const
    expect(poller.query(query).total).toBe(1)
    await poller.stop()
    const second = polled(createUptime({ targets }), dir)
    await until(() => second.latest !== undefined)
    expect(second.query(query).total).toBe(1)
    expect((await page([second])()).targets).toMatchObject([{ alias: 'here', status: 'healthy' }])
  })

  it('says null of a target that was never seen up or down', async () => {
    const targets = { job: { status: 'unknown' }, printer: { status: 'napping' } } as const
    const poller = polled(createUptime({ targets: () => targets }))
    await until(async () => (await page([poller])()).targets.length === 2)
    expect((await page([poller])()).targets).toMatchObject([
      { alias: 'job', uptime: null, latency: null },
      { alias: 'printer', uptime: null, latency: null },
    ])
  })

  it('tells all periods that may be asked for, also those of the configuration, with targets and without', async () => {
    const five = [
      { name: '5m', seconds: 300 },
      { name: '15m', seconds: 900 },
      { name: '1h', seconds: 3600 },
      { name: '1d', seconds: 86_400 },
      { name: '1mo', seconds: 30 * 86_400 },
    ]
    expect(await page([])()).toMatchObject({ period: '5m', periods: five })
    const periods = { '1w': 7 * 86_400_000 }
    const week = { name: '1w', seconds: 7 * 86_400 }
    for (const sources of [[], [targetsSource(() => ({}))]]) {
      const { url } = await tree({ periods, readers: { self: { type: 'self' } } }, { sources })
      const answer = await fetch(`${url}/status.json?period=1w`)
      expect(await answer.json()).toMatchObject({
        period: '1w',
        periods: [...five.slice(0, 4), week, five[4]],
      })
    }
  })

  it('tells the time anew where there is no target', async () => {
    const answer = page([])
    const { now } = await answer()
    await until(async () => (await answer()).now > now)
  })
})
