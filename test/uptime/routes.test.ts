import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import type { Config } from '../../src/index.ts'
import { needProgram } from '../support/need.ts'
import { listen, tree } from '../support/tree.ts'
import { httpTarget, until } from './support.ts'

const interval = { intervalMs: 1000 } as const

async function served() {
  const home = await httpTarget((_, response) => response.end())
  const readers: Config['readers'] = {
    uptime: {
      type: 'uptime',
      ...interval,
      targets: {
        home: { url: `http://127.0.0.1:${home.port}/`, displayName: 'Home <&>', group: 'web' },
        db: 'tcp://127.0.0.1:1',
        cron: 'push:2s',
      },
    },
    others: { type: 'uptime', ...interval, targets: { job: 'push', db: 'push:1h' } },
  }
  const running = await tree({ readers })
  // biome-ignore lint/suspicious/noExplicitAny: what is answered is what is tested
  const json = async (path: string): Promise<any> => (await fetch(`${running.url}${path}`)).json()
  const text = async (path: string, headers = {}) =>
    (await fetch(`${running.url}${path}`, { headers })).text()
  await until(async () => {
    const { statuses } = await json('/metrics/uptime')
    return statuses.home.checked !== null && statuses.db.checked !== null
  })
  return { ...running, json, text }
}

describe('uptime over HTTP', () => {
  test('answers like the original, under both paths, and streams', async () => {
    const { url, json } = await served()
    const latest = await json('/metrics/uptime')
    expect(latest).toMatchObject({
      timestamp: expect.any(Number),
      statuses: {
        home: {
          status: 'healthy',
          uptime: expect.any(Number),
          latency: expect.any(Number),
          display_name: 'Home <&>',
          group: 'web',
          http_status: 200,
          phases_ms: { connect: expect.any(Number), first_byte: expect.any(Number) },
        },
        db: { status: 'unhealthy', reason: 'connection refused' },
        cron: { status: 'unknown' },
      },
    })
    await until(async () => (await json('/api/v1/metrics/uptime?period=5m')).data[2].statuses.length > 0)
    const { total, data } = await json('/api/v1/metrics/uptime?period=5m&limit=1&offset=2')
    expect(total).toBe(3)
    expect(Object.keys(data[0])).toEqual([
      'alias',
      'display_name',
      'uptime',
      'downtime',
      'idle',
      'avg_latency',
      'current_status',
      'statuses',
    ])
    expect(data[0]).toMatchObject({
      alias: 'home',
      uptime: 1,
      downtime: 0,
      idle: 0,
      current_status: 'healthy',
    })
    const heard = listen(`${url}/metrics/uptime?period=5m&keyword=home`)
    await heard.count(2)
    expect(JSON.parse(heard.messages[1]!.text).data).toHaveLength(1)
  })

  test('takes heartbeats, of the reader that has the target and wants them', async () => {
    const { url, json } = await served()
    const post = async (path: string, body?: string) => {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        ...(body === undefined ? {} : { body }),
      })
      return [response.status, await response.text()] as const
    }
    expect(await post('/uptime/cron/heartbeat')).toEqual([204, ''])
    await until(async () => (await json('/metrics/uptime')).statuses.cron.status === 'healthy')
    expect(await post('/uptime/job/heartbeat', '{"status":"starting","latency_ms":12.5}')).toEqual([204, ''])
    await until(async () => (await json('/metrics/others')).statuses.job.status === 'starting')
    expect((await json('/metrics/others')).statuses.job).toMatchObject({ latency: 12_500_000 })
    await until(async () => (await json('/metrics/uptime')).statuses.cron.status === 'unhealthy')
    for (const [path, body, status, reason] of [
      ['/uptime/home/heartbeat', '', 409, 'home does not report itself'],
      ['/uptime/none/heartbeat', '', 404, 'no route POST /uptime/none/heartbeat'],
      ['/uptime/cron/heartbeat', 'fine', 400, 'the body is not JSON'],
      ['/uptime/cron/heartbeat', '{"status":"fine"}', 400, 'allowed are unknown, healthy'],
      ['/uptime/cron/heartbeat', '{"latency_ms":-1}', 400, 'allowed are numbers from 0'],
      ['/uptime/cron/heartbeat', '{"reason":7}', 400, 'expected a text'],
      ['/uptime/cron/heartbeat', `"${'x'.repeat(5000)}"`, 400, 'longer than 4096 bytes'],
    ] as const) {
      const [got, text] = await post(path, body)
      expect([got, JSON.parse(text).error]).toEqual([status, expect.stringContaining(reason)])
    }
  })

  test('tells changes of status under the name of each reader, and draws badges', async () => {
    const { json, url, text } = await served()
    await until(async () => (await json('/metrics/uptime/events')).total === 1)
    expect(await json('/metrics/uptime/events?limit=5&keyword=db')).toMatchObject({
      total: 1,
      data: [{ alias: 'db', from: 'unknown', to: 'unhealthy', reason: 'connection refused' }],
    })
    expect(await json('/metrics/others/events')).toEqual({ total: 0, data: [] })
    expect(await json('/api/v1/metrics/others/events')).toEqual({ total: 0, data: [] })
    expect((await fetch(`${url}/metrics/uptime/events?limit=x`)).status).toBe(400)
    expect((await fetch(`${url}/metrics/nothing/events`)).status).toBe(404)

    // A badge of each.
    const response = await fetch(`${url}/badge/home.svg`)
    expect(response.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8')
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect(await response.text()).toContain('<title>Home &#60;&#38;&#62;: 100%</title>')
    expect(await text('/badge/db.svg?period=5m')).toContain('db: 0%')
    expect(await text('/badge/job.svg')).toContain('job: no data')
    expect((await fetch(`${url}/badge/none.svg`)).status).toBe(404)
    expect((await fetch(`${url}/badge/home.png`)).status).toBe(404)
    expect((await fetch(`${url}/badge/home.svg?period=2y`)).status).toBe(400)
  })

  test('tells Prometheus under the names of blackbox_exporter, and describes its routes', async (context) => {
    const { text, json } = await served()
    const families = await text('/metrics', { accept: 'text/plain;version=0.0.4' })
    expect(families).toContain('probe_success{source="uptime",target="home"} 1')
    expect(families).toContain('probe_success{source="uptime",target="db"} 0')
    expect(families).toMatch(/probe_duration_seconds\{source="uptime",target="home"\} 0\.\d+/)
    expect(families).toMatch(
      /probe_http_duration_seconds\{source="uptime",target="home",phase="processing"\} 0\.\d+/,
    )
    expect(families).toContain('treering_target_status{source="uptime",target="db",status="unhealthy"} 1')
    expect(families).not.toContain('probe_success{source="others",target="job"}')
    const { paths } = await json('/openapi.json')
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/metrics/uptime/events',
        '/metrics/others/events',
        '/badge/{alias}.svg',
        '/uptime/{alias}/heartbeat',
      ]),
    )
    needProgram(context, 'promtool')
    execFileSync('promtool', ['check', 'metrics'], { input: families })
  })
})
