import { describe, expect, test } from 'vitest'
import { createUptime, type Status, type UptimeSample } from '../../src/uptime/index.ts'
import { newFolder } from '../support/folder.ts'

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
})
