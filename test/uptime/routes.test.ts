import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer as createHttpsServer } from 'node:https'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Config } from '../../src/index.ts'
import { newFolder } from '../support/folder.ts'
import { answering, listening } from '../support/listening.ts'
import { needProgram } from '../support/need.ts'
import { listen, tree } from '../support/tree.ts'
import { until } from '../support/until.ts'
import { Authority } from './certificates.ts'
import { nameServer } from './nameserver.ts'

const interval = { intervalMs: 1000 } as const

async function served() {
  const home = await answering((_, response) => response.end())
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
      ['/uptime/none/heartbeat', '', 404, 'unknown target "none": there are cron, db, job'],
      ['/uptime/cron/heartbeat', 'fine', 400, 'the body is not JSON'],
      ['/uptime/cron/heartbeat', '{"status":"fine"}', 400, 'allowed are unknown, healthy'],
      ['/uptime/cron/heartbeat', '{"latency_ms":-1}', 400, 'allowed are numbers from 0'],
      ['/uptime/cron/heartbeat', '{"latency_ms":1e300}', 400, 'allowed are numbers from 0 to 604800000'],
      ['/uptime/cron/heartbeat', '7', 400, 'expected a map of status, latency_ms, reason'],
      ['/uptime/cron/heartbeat', '[]', 400, 'expected a map of status, latency_ms, reason'],
      ['/uptime/cron/heartbeat', 'null', 400, 'expected a map of status, latency_ms, reason'],
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
    const none = await fetch(`${url}/badge/none.svg`)
    expect(none.status).toBe(404)
    expect(none.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await none.json()).toMatchObject({
      code: 'not_found',
      error: 'unknown target "none": there are cron, db, home, job',
    })
    expect((await fetch(`${url}/badge/home.png`)).status).toBe(404)
    expect((await fetch(`${url}/badge/home.svg?period=2y`)).status).toBe(400)
  })

  test('names some of many targets to whom misspells one, and draws what was asleep as not down', async () => {
    const targets = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`t${10 + i}`, 'push:1h']))
    const { url } = await tree({ readers: { uptime: { type: 'uptime', ...interval, targets } } })
    const titleOf = async (alias: string) =>
      /<title>(.*)<.title>/.exec(await (await fetch(`${url}/badge/${alias}.svg?period=5m`)).text())?.[1]
    expect(await (await fetch(`${url}/badge/t1.svg`)).json()).toMatchObject({
      error: 'unknown target "t1": there are t10, t11, t12, t13, t14, t15, t16, t17, t18, t19 and 2 more',
    })
    const post = (alias: string, body: string) =>
      fetch(`${url}/uptime/${alias}/heartbeat`, { method: 'POST', body })
    for (const status of ['napping', 'healthy', 'napping']) await post('t10', JSON.stringify({ status }))
    await post('t11', '{"status":"napping"}')
    await until(async () => (await titleOf('t10')) === 't10: 100%')
    await post('t10', '{"status":"unhealthy"}')
    await until(
      async () =>
        /^t10: \d+(\.\d+)?%$/.test((await titleOf('t10'))!) && (await titleOf('t10')) !== 't10: 100%',
    )
    expect(await titleOf('t11')).toBe('t11: no data')
  })

  test('draws badges for everybody where the status page is public, and tells them no more', async () => {
    const token = 'a-token-of-some-length'
    const targets = () => ({ shop: { status: 'healthy' } as const })
    const open = async (statusPublic: boolean) => {
      const { url } = await tree({ token, statusPublic, readers: { uptime: { type: 'uptime', targets } } })
      const paths = ['/badge/shop.svg', '/badge/shop.svg/x', '/metrics/uptime/events', '/metrics/uptime']
      return Promise.all(paths.map(async (path) => (await fetch(url + path)).status))
    }
    expect(await open(true)).toEqual([200, 401, 401, 401])
    expect(await open(false)).toEqual([401, 401, 401, 401])
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
        '/api/v1/metrics/uptime',
        '/api/v1/metrics/others',
        '/badge/{alias}.svg',
        '/uptime/{alias}/heartbeat',
      ]),
    )
    needProgram(context, 'promtool')
    execFileSync('promtool', ['check', 'metrics'], { input: families })
  })

  test('tells Prometheus when certificates expire, and the phases of names and echoes', async (context) => {
    needProgram(context, 'ping')
    const authority = new Authority()
    const { cert, key } = authority.issue(['127.0.0.1'], { to: 30 })
    const ca = join(newFolder(), 'ca.pem')
    writeFileSync(ca, authority.pem)
    const { port } = await listening(createHttpsServer({ key, cert }, (_, response) => response.end()))
    const names = await nameServer({ 'home.example': { A: ['192.0.2.7'] } })
    const targets = {
      secure: { url: `https://127.0.0.1:${port}/`, ca },
      name: `dns://${names.address}/home.example`,
      echo: 'icmp://127.0.0.1',
    }
    const { url } = await tree({ readers: { uptime: { type: 'uptime', ...interval, targets } } })
    type Told = { status: string; certificate_days: number | null }
    const statuses = async () =>
      ((await (await fetch(`${url}/metrics/uptime`)).json()) as { statuses: Record<string, Told> }).statuses
    await until(async () => Object.values(await statuses()).every(({ status }) => status === 'healthy'))
    const { secure, name } = await statuses()
    expect(secure!.certificate_days).toBeCloseTo(30, 1)
    expect(name!.certificate_days).toBeNull()
    const headers = { accept: 'text/plain;version=0.0.4' }
    const text = await (await fetch(`${url}/metrics`, { headers })).text()
    const figureOf = (series: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')[1],
      )
    const expiry = figureOf('probe_ssl_earliest_cert_expiry{source="uptime",target="secure"}')
    expect(Math.abs(expiry - Date.now() / 1000 - 30 * 86_400)).toBeLessThan(120)
    for (const series of [
      'probe_dns_duration_seconds{source="uptime",target="name",phase="request"}',
      'probe_icmp_duration_seconds{source="uptime",target="echo",phase="rtt"}',
      'probe_http_duration_seconds{source="uptime",target="secure",phase="tls"}',
    ]) {
      expect(figureOf(series), series).toBeGreaterThan(0)
      expect(figureOf(series), series).toBeLessThan(1)
    }
    expect(text).not.toMatch(/probe_(?:dns_duration|icmp_duration)_seconds\{[^}]*target="secure"/)
  })
})
