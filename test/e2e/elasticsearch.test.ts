import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { example } from '../support/example.ts'
import { newFolder } from '../support/folder.ts'
import { need, needProgram } from '../support/need.ts'
import { hasSearchNode, SearchNode } from '../support/searchnode.ts'
import { until } from '../support/until.ts'

describe('a Go program in Elasticsearch by one command', () => {
  it('arrives with every answer, to the digit, and in Prometheus as well', async (context) => {
    need(context, hasSearchNode(), 'Maven, a JDK and flock')
    for (const program of ['go', 'prometheus']) needProgram(context, program)
    const command = ['examples/go-to-elasticsearch/run.mjs', '5']
    const { stdout } = await promisify(execFile)(process.execPath, command)
    const [, documents, answers] = /Elasticsearch: (\d+) documents of (\d+) answers, every one equal/.exec(
      stdout,
    )!
    expect(Number(documents)).toBeGreaterThanOrEqual(8)
    expect(answers).toBe(documents)
    expect(stdout).toContain(
      `Prometheus: ${answers} samples of expvar_requests of ${answers} answers, every one equal`,
    )
    expect(stdout).toMatch(/history: [1-9]\d* points of memstats.Alloc in the last hour/)
  }, 300_000)
})

describe('three shops that measure themselves', () => {
  it('have their latencies as history, in Prometheus, and in Elasticsearch under numbers of their own', async (context) => {
    need(context, hasSearchNode(), 'Maven, a JDK and flock')
    const folder = await mkdtemp(join(tmpdir(), 'treering-search-'))
    const node = await SearchNode.start(folder)
    onTestFinished(async () => {
      await node.stop()
      await rm(folder, { recursive: true, force: true })
    }, 60_000)
    const tasks = newFolder()
    const open = async () => {
      const env = { SHOP_DATA: newFolder(), SHOP_TASKS: tasks, ELASTICSEARCH: node.url }
      const shop = await example('shop.ts', { args: ['shop.yaml'], env })
      const treering = await until(async () => /'(http:\S+?)\/metrics/.exec(shop.said)?.[1])
      const status = async () =>
        (await (await fetch(`${treering}/process/status`)).json()) as { task_num: number }
      const number = await until(async () =>
        (await status()).task_num < 0 ? undefined : (await status()).task_num,
      )
      return { ...shop, treering, number }
    }
    const shops = [await open(), await open(), await open()]
    expect(shops.map(({ number }) => number)).toEqual([0, 1, 2])

    const { url, treering } = shops[1]!
    for (const item of ['tea', 'tea', 'cup'])
      expect(await (await fetch(`${url}/buy/${item}`)).text()).toBe('thank you')
    const latencies = await until(async () => {
      const answer = await fetch(`${treering}/metrics/process?period=5m&aggregate=request_latency`)
      const { data } = (await answer.json()) as { data: { p99_ms: number | null }[] }
      return data.some(({ p99_ms }) => p99_ms !== null) ? data : undefined
    })
    expect(latencies.at(-1)).toMatchObject({ timestamp: expect.any(Number) })
    const text = await fetch(`${treering}/metrics`, { headers: { accept: 'text/plain;version=0.0.4' } })
    expect(await text.text()).toMatch(/http_server_durations_seconds_count\{.*name="\/buy\/:item".*\} 3\n/)

    const shipped = await until(async () => {
      await node.ask('/shop/_refresh', 'POST')
      const query = encodeURIComponent('metric:http_server_durations_seconds_count AND name:"/buy/:item"')
      const { hits } = (await node.ask(`/shop/_search?q=${query}`)) as {
        hits?: { hits: { _source: object }[] }
      }
      return hits?.hits[0]?._source
    })
    expect(shipped).toMatchObject({
      task_num: '1',
      service_name: 'shop',
      host_name: 'a1',
      status: '200',
      value: 3,
    })
    for (const shop of shops) expect(await shop.stop()).not.toBe(1)
  }, 300_000)
})
