import { describe, expect, it } from 'vitest'
import { createRegistry, isRobot, serverRequests, UNMATCHED } from '../../../src/process/index.ts'
import { familiesText } from '../../../src/prometheus/index.ts'

describe('the metrics of requests', () => {
  it.each([
    ['I am a GoogleBot.', true],
    ['I am a human.', false],
  ])('are those of luci: %s', (userAgent, robot) => {
    const registry = createRegistry()
    serverRequests(registry).record('/r', 200, isRobot(userAgent), 5, 123, 321)
    const fields = { status: 200, name: '/r', is_robot: robot }
    expect(registry.table()).toMatchObject([
      { name: 'http/server_durations', unit: 'ms', fields, value: { count: 1, sum: 5 } },
      { name: 'http/server_request_bytes', unit: 'By', fields, value: { count: 1, sum: 123 } },
      { name: 'http/server_response_bytes', unit: 'By', fields, value: { count: 1, sum: 321 } },
      { name: 'http/server_response_status', fields, value: 1 },
    ])
  })

  it.each([
    ['kube-probe/1.2', true],
    ['GoogleHC/1.0', true],
    ['B3M/prober', true],
    ['Mozilla GoogleSecurityScanner/1', true],
    ['xkube-probe/', false],
    ['B3M/prober2', false],
    ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', true],
    ['Mozilla/5.0 (compatible; bingbot/2.0)', true],
    ['Baiduspider-render/2.0', true],
    ['Mozilla/5.0 (Linux; Android 9; CUBOT X19)', false],
    [undefined, false],
  ])('know of user agent %s whether it is a robot: %s', (userAgent, robot) => {
    expect(isRobot(userAgent)).toBe(robot)
  })

  it('know robots however many user agents ask, and again', () => {
    const agents = Array.from({ length: 3000 }, (_, i) => (i % 3 === 0 ? `bot ${i}` : `human ${i}`))
    for (let round = 0; round < 2; round++)
      expect(agents.filter((agent) => isRobot(agent))).toEqual(agents.filter((_, i) => i % 3 === 0))
    expect(isRobot(`${'x'.repeat(5000)} bot`)).toBe(true)
  })

  it('leave out sizes that are not known', () => {
    const registry = createRegistry()
    serverRequests(registry).record('/r', 200, false, 5, undefined, undefined)
    expect(registry.table().map(({ name }) => name)).toEqual([
      'http/server_durations',
      'http/server_response_status',
    ])
  })

  it('tell Prometheus of durations in seconds', () => {
    const registry = createRegistry()
    serverRequests(registry).record('/r', 200, false, 250, 0, 0)
    const text = familiesText(registry.families(), 'prometheus')
    expect(text).toContain(
      'http_server_durations_seconds_sum{status="200",name="/r",is_robot="false"} 0.25\n',
    )
    expect(text).toContain('http_server_response_status_total{status="200",name="/r",is_robot="false"} 1\n')
    expect(text).toContain('# TYPE http_server_response_bytes histogram\n')
  })

  it('are bounded, however many names there are', () => {
    const registry = createRegistry()
    const requests = serverRequests(registry)
    for (let i = 0; i < 3000; i++) requests.record(`/${i}`, 200, false, 1, 0, 0)
    for (let i = 0; i < 3000; i++) requests.record(`/${i}`, 200, false, 1, 0, 0)
    const statuses = registry.table().filter(({ name }) => name === 'http/server_response_status')
    expect(statuses).toHaveLength(1001)
    expect(statuses.reduce((sum, { value }) => sum + (value as number), 0)).toBe(6000)
    expect(statuses.find(({ overflow }) => overflow)?.value).toBe(4000)
  })

  it('go on after a reset, and record nothing while the registry is off', () => {
    const registry = createRegistry()
    const requests = serverRequests(registry)
    const record = () => requests.record(UNMATCHED, 404, false, 1, 0, 0)
    record()
    registry.resetCumulative()
    record()
    expect(registry.table()).toMatchObject([{}, {}, {}, { value: 1 }])
    registry.setEnabled(false)
    record()
    expect(registry.table()).toEqual([])
    registry.setEnabled(true)
    record()
    expect(registry.table()).toMatchObject([{}, {}, {}, { value: 1 }])
  })
})
