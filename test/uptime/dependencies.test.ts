import { describe, expect, test } from 'vitest'
import { setWallClock } from '../support/clock.ts'
import { until } from '../support/until.ts'
import { tcpTarget } from './support.ts'
import { watching } from './watching.ts'

const refused = 'tcp://127.0.0.1:1'

describe('what a target depends on', () => {
  test('makes it unknown, not unhealthy, also while it hangs: nobody knows yet', async () => {
    let hanging = false
    const gateway = await tcpTarget((socket) => {
      if (!hanging) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    })
    const server = await tcpTarget()
    const { checks, now } = watching({
      gateway: { url: `http://127.0.0.1:${gateway.port}/`, intervalMs: 3000, timeoutMs: 3000 },
      behind: { url: `tcp://127.0.0.1:${server.port}`, dependsOn: 'gateway' },
    })
    await until(() => now()('gateway').status === 'healthy' && now()('behind').status === 'healthy')
    hanging = true
    await server.stop()
    const before = checks().length
    const behind = () =>
      checks()
        .slice(before)
        .filter(({ target, reason }) => target === 'behind' && reason !== null)
    const last = 'gateway, which it depends on, fails: connection refused'
    await until(() => now()('gateway').status === 'unhealthy')
    await until(() => behind().some(({ reason }) => reason === last))
    expect(behind().map(({ status }) => status)).toEqual(behind().map(() => 'unknown'))
    expect(new Set(behind().map(({ reason }) => reason))).toEqual(
      new Set(['gateway, which it depends on, has not been checked since: connection refused', last]),
    )
  })

  test('answers too late to wake a target whose quiet window has begun', async () => {
    const gateway = await tcpTarget()
    const soon = new Date(Date.now() + 3_600_000)
    soon.setSeconds(0, 0)
    const hour = (ms: number) => new Date(ms).toTimeString().slice(0, 5)
    const quiet = [`${hour(soon.getTime())}-${hour(soon.getTime() + 3_600_000)}`]
    // The window begins in 2.5 s.
    setWallClock(soon.getTime() - Date.now() - 2500)
    const { checks } = watching({
      gateway: { url: `http://127.0.0.1:${gateway.port}/`, intervalMs: 6000, timeoutMs: 6000 },
      it: { url: refused, dependsOn: 'gateway', quiet },
    })
    await until(() => checks().some(({ target }) => target === 'gateway'), 'the gateway is found hanging')
    const statuses = () =>
      checks()
        .filter(({ target }) => target === 'it')
        .map(({ status }) => status)
    const napping = () => statuses().slice(statuses().indexOf('napping'))
    await until(() => statuses().includes('napping') && napping().length >= 2)
    expect(new Set(napping())).toEqual(new Set(['napping']))
  })
})
