import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { setWallClock } from '../support/clock.ts'
import { answering } from '../support/listening.ts'
import { until } from '../support/until.ts'
import { tcpTarget } from './support.ts'
import { watching } from './watching.ts'

const LATENCY_MS = 400

/** So many targets that answer after 400 ms. */
async function slowTargets(count: number) {
  const { port } = await answering((_, response) => setTimeout(() => response.end('ok'), LATENCY_MS))
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, `http://127.0.0.1:${port}/`]))
}

function statusesOf(checks: readonly { status: string }[]): string[] {
  return [...new Set(checks.map(({ status }) => status))]
}

describe('a beat that finds a young check under way', () => {
  test('lets the first one run', async () => {
    const intervalMs = 10_000
    // Here the first check of every twelfth target is under way when its beat comes.
    setWallClock(1500 - (Date.now() % intervalMs) + intervalMs)
    const { checks } = watching(await slowTargets(100), { intervalMs })
    await sleep(3000)
    await until(() => checks().length > 40)
    expect(statusesOf(checks())).toEqual(['healthy'])
  })

  test('lets it run when the clock was set, forward or back', async () => {
    const { checks } = watching(await slowTargets(50), { intervalMs: 2000 })
    await until(() => checks().length >= 50, 'all are checked')
    setWallClock(1700)
    const before = checks().length
    await until(() => checks().length >= before + 50, 'all are checked again')
    setWallClock(-700)
    await until(() => checks().length >= before + 100, 'and again')
    expect(statusesOf(checks())).toEqual(['healthy'])
  })

  test('is put off where that has nearly used up its time: one that hangs is counted on every beat', async () => {
    const hanging = await tcpTarget()
    const fine = await tcpTarget()
    const { checks } = watching({
      hanging: { url: `http://127.0.0.1:${hanging.port}/` },
      fine: `tcp://127.0.0.1:${fine.port}`,
    })
    const of = (alias: string) => checks().filter(({ target }) => target === alias)
    await until(() => of('fine').length >= 1)
    // Late by more than timers are, and by less than a tenth of the interval.
    for (let i = 0; i < 60; i++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40)
      await sleep(20)
    }
    expect(Math.abs(of('hanging').length - of('fine').length)).toBeLessThanOrEqual(2)
    expect(statusesOf(of('hanging'))).toEqual(['unhealthy'])
  })
})

describe('a program that stood still', () => {
  test('does not take its own silence for that of its targets', async () => {
    const { checks } = watching(await slowTargets(30), { intervalMs: 2000, timeoutMs: 1800 })
    await until(() => checks().length >= 60)
    expect(statusesOf(checks())).toEqual(['healthy'])
    const before = checks().length
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000)
    await until(() => checks().length >= before + 30)
    const after = checks().slice(before)
    expect(statusesOf(after).sort()).toEqual(['healthy', 'unknown'])
    expect(after.find(({ status }) => status === 'unknown')!.reason).toBe(
      'cannot check: this program stood still (no answer within 1.8s)',
    )
  })

  test('nor does a machine that slept: its wall clock ran ahead', async () => {
    const hanging = await tcpTarget()
    const { checks, now } = watching(
      { it: `http://127.0.0.1:${hanging.port}/` },
      { intervalMs: 2000, timeoutMs: 1500 },
    )
    await until(() => hanging.sockets.size === 1)
    setWallClock(3_600_000)
    await until(() => checks().length === 1)
    expect(checks()[0]).toMatchObject({ status: 'unknown', reason: expect.stringMatching(/stood still/) })
    await until(() => now()('it').status === 'unhealthy', 'the next check tells')
  })
})
