import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/index.ts'
import { example } from '../support/example.ts'
import { until } from '../support/until.ts'

describe('the example', () => {
  it('own-poller serves a source of ten lines', async () => {
    const { url } = await example('own-poller.ts')
    const rows = (await (await fetch(`${url}/metrics/queue?period=5m`)).json()) as {
      total: number
      data: object[]
    }
    expect(rows).toMatchObject({ total: 1, data: [{ depth: expect.any(Number) }] })
    expect(await (await fetch(`${url}/metrics/queue`)).json()).toMatchObject({ depth: expect.any(Number) })
  })

  it('uptime-of-your-own keeps what a program knows of its routes', async () => {
    const { url } = await example('uptime-of-your-own.ts')
    const answer = await fetch(`${url}/metrics/uptime?period=5m`)
    const { data } = (await answer.json()) as { data: object[] }
    expect(data).toMatchObject([
      { alias: 'blog', downtime: 1 },
      { alias: 'shop', display_name: 'The shop', uptime: 1, avg_latency: 12 },
      { alias: 'wiki', idle: 1, current_status: 'napping' },
    ])
    // Its own routes are there, too.
    expect(await (await fetch(`${url}/metrics/uptime/events?keyword=blog`)).json()).toMatchObject({
      total: 1,
      data: [{ alias: 'blog', to: 'unhealthy', reason: 'status 502' }],
    })
    expect(await (await fetch(`${url}/badge/shop.svg`)).text()).toContain('<title>The shop: 100%</title>')
  })

  it('uptime.yaml is accepted as it stands', async () => {
    const { readers } = await loadConfig('examples/uptime.yaml')
    expect(readers.uptime).toMatchObject({ type: 'uptime', targets: { home: 'https://example.org' } })
  })

  it('in-your-app keeps its history, with means and peaks', async () => {
    const { url, dir, stop } = await example('in-your-app.ts')
    const read = async (stat: string) =>
      (
        (await (await fetch(`${url}/metrics/memory?period=1h&stat=${stat}`)).json()) as {
          data: { rss: number }[]
        }
      ).data[0]!.rss
    expect(await read('max')).toBeGreaterThanOrEqual(await read('mean'))
    expect(await stop()).not.toBe(1)
    expect(existsSync(join(dir, 'data/in-your-app/memory.json'))).toBe(true)
  })

  it('expvar-node publishes variables that JSON readers of Go programs know', async () => {
    const { url, stop } = await example('expvar-node.ts')
    const told = await (await fetch(`${url}/debug/vars`)).text()
    expect(told).toMatch(/^\{\n"cmdline": \[/)
    expect(told).toContain('"queue": {"depth":3,"oldest_ns":1795317167162505083},\n"requests": {"GET": 1},')
    expect(JSON.parse(told)).toMatchObject({ phase: 'running', memstats: { EnableGC: true } })
    expect((await fetch(url)).status).toBe(404)
    expect(await stop()).toBe(0)
  })

  it('process shows the latencies of its requests as history and in Prometheus', async () => {
    const { url, dir, stop } = await example('process.ts')
    for (const item of ['tea', 'tea', 'cup'])
      expect(await (await fetch(`${url}/buy/${item}`)).text()).toBe('thank you')
    await until(async () => {
      const rows = await fetch(`${url}/metrics/process?period=5m&aggregate=request_latency`)
      const { data } = (await rows.json()) as { data: { p99_ms?: number | null }[] }
      return data.some(({ p99_ms }) => typeof p99_ms === 'number')
    }, 'the requests are in the history')
    const text = await (await fetch(`${url}/metrics`)).text()
    expect(text).toContain(
      'http_server_durations_seconds_count{status="200",name="/buy/:item",is_robot="false"} 3\n',
    )
    expect(text).toContain(
      'http_server_response_bytes_sum{status="200",name="/buy/:item",is_robot="false"} 27\n',
    )
    expect(text).toContain('shop_orders_total{item="tea"} 2\n')
    expect(await stop()).not.toBe(1)
    expect(existsSync(join(dir, 'data/process/process.json'))).toBe(true)
  })
})
