import { describe, expect, test } from 'vitest'
import { createUptime, type Status, type UptimeSample } from '../../src/uptime/index.ts'
import { newFolder } from '../support/folder.ts'
import { tree } from '../support/tree.ts'
import { until } from '../support/until.ts'

/** A run of a program that says of one target what it is told. */
function running(dir: string) {
  let status: Status = 'healthy'
  const source = createUptime({ targets: () => ({ home: { status } }), dir })
  const at = async (seconds: number, now: Status) => {
    status = now
    const sample = (await source.collect(seconds * 1000, undefined, AbortSignal.any([]))) as UptimeSample
    return sample.statuses.home!.since
  }
  return { at, source }
}

describe('the time at which a status began', () => {
  test('is that of the newest change, also when the program was started anew meanwhile', async () => {
    const dir = newFolder()
    const first = running(dir)
    expect(await first.at(100, 'healthy')).toBe(100)
    expect(await first.at(200, 'unhealthy')).toBe(200)
    await first.source.close()
    const second = running(dir)
    expect(await second.at(500, 'unhealthy')).toBe(200)
    expect(await second.at(501, 'unhealthy')).toBe(200)
    expect(await second.at(600, 'healthy')).toBe(600)
    expect(second.source.events.list({ limit: 1 }).data).toMatchObject([{ to: 'healthy', after_s: 100 }])
    expect(await second.at(700, 'unhealthy')).toBe(700)
    await second.source.close()
    const third = running(dir)
    expect(await third.at(800, 'healthy')).toBe(800)
    expect(third.source.events.list({ limit: 1 }).data).toMatchObject([{ to: 'healthy', after_s: null }])
    expect(await third.at(900, 'unhealthy')).toBe(900)
    await third.source.close()
  })

  test('of a target that is down is told as that of its newest event, on every page, after a restart', async () => {
    const dataDir = newFolder()
    const targets = { db: 'tcp://127.0.0.1:1' }
    const run = async () => {
      const running = await tree({
        dataDir,
        readers: { uptime: { type: 'uptime', intervalMs: 1000, targets } },
      })
      // biome-ignore lint/suspicious/noExplicitAny: what is answered is what is tested
      const json = async (path: string): Promise<any> => (await fetch(`${running.url}${path}`)).json()
      await until(async () => (await json('/metrics/uptime')).statuses?.db?.checked)
      return { running, json }
    }
    const first = await run()
    const { data } = await first.json('/metrics/uptime/events')
    expect(data).toMatchObject([{ to: 'unhealthy' }])
    await first.running.close()
    const { json } = await run()
    expect((await json('/metrics/uptime')).statuses.db.since).toBe(data[0].timestamp)
    expect((await json('/status.json')).targets).toMatchObject([
      { alias: 'db', status: 'unhealthy', since: data[0].timestamp },
    ])
    expect((await json('/metrics/uptime/events')).total).toBe(1)
  })
})
