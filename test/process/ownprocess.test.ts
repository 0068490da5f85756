/** The reader of type process: its task beside its history, while the configuration changes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/parse.ts'
import type { Config, Treering } from '../../src/index.ts'
import { createRegistry } from '../../src/process/index.ts'
import type { TaskStatus } from '../../src/process/task/index.ts'
import { newFolder } from '../support/folder.ts'
import { tree } from '../support/tree.ts'
import { until } from '../support/until.ts'

/** A configuration whose process flushes to a file, with other settings and other options if wanted. */
function configs() {
  const dir = newFolder()
  const out = (name: string) => ({
    type: 'file' as const,
    options: { path: join(dir, `${name}.ndjson`) },
    queue: { batchMs: 20 },
  })
  const config = (settings: object = {}, options: object = {}, more: Partial<Config> = {}): Config =>
    ({
      ...parseConfig('', join(dir, 'treering.yaml'), {}),
      listen: { host: '127.0.0.1', port: 0 },
      dataDir: dir,
      readers: {
        process: {
          type: 'process',
          intervalMs: 1000,
          task: {
            settings: { enabled: true, ...settings },
            taskNumbers: { type: 'file', dir: join(dir, 'tasks') },
          },
          ...options,
        },
      },
      recorders: { a: out('a') },
      routes: { all: { readers: ['process'], recorders: ['a'] } },
      ...more,
    }) as Config
  const documents = (name = 'a') =>
    readFileSync(join(dir, `${name}.ndjson`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  /** What was flushed of a counter, with the number it was flushed under. */
  const flushed = (metric: string) =>
    documents()
      .filter((document) => document.metric === metric)
      .map(({ task_num, value }) => [task_num, value])
  return { config, out, documents, flushed }
}

const json = async <T>(running: Treering, path: string, init?: RequestInit) =>
  (await (await fetch(running.url + path, init)).json()) as T
const statusOf = (running: Treering) => json<TaskStatus>(running, '/process/status')
const hasFlushed = async (running: Treering) => (await statusOf(running)).last_flush !== null

describe('a process whose configuration changes while it runs', () => {
  it('keeps its number when its reader is made anew, and ships nothing twice', async () => {
    const { config, flushed } = configs()
    const registry = createRegistry()
    const orders = registry.counter('orders')
    orders.add(5)
    const running = await tree(config(), { registry })
    await until(() => hasFlushed(running))
    const before = await statusOf(running)
    await running.apply(config({}, { intervalMs: 2000 }))
    orders.add(2)
    const after = await statusOf(running)
    expect(after.instance_id).not.toBe(before.instance_id)
    await until(() => hasFlushed(running))
    expect([before.task_num, (await statusOf(running)).task_num]).toEqual([0, 0])
    await running.close()
    const counts = flushed('orders') as [string, number][]
    expect(counts.slice(0, 2)).toEqual([
      ['0', 5],
      ['0', 5],
    ])
    // From then on what came since.
    expect(counts.slice(2).every(([number, value]) => number === '0' && value === 2)).toBe(true)
    expect(counts.length).toBeGreaterThan(2)
  })

  it('begins anew when it was switched off and on', async () => {
    const { config, flushed } = configs()
    const registry = createRegistry()
    const orders = registry.counter('orders')
    orders.add(5)
    const running = await tree(config(), { registry })
    await until(() => hasFlushed(running))
    await running.apply(config({ enabled: false }))
    await until(async () => (await statusOf(running)).task_num === -1)
    expect(orders.get()).toBeUndefined()
    // What is recorded goes on being recorded.
    orders.add(1)
    const { last_flush } = await statusOf(running)
    await running.apply(config())
    await until(async () => (await statusOf(running)).last_flush !== last_flush)
    await running.close()
    expect(flushed('orders')).toEqual([
      ['0', 5],
      ['0', 1],
      ['0', 1],
    ])
  })

  it('takes up its settings without losing its number or its place', async () => {
    const { config } = configs()
    const running = await tree(config())
    await until(() => hasFlushed(running))
    const before = await statusOf(running)
    expect(before.next_flush! - before.last_flush!).toBeCloseTo(60, 0)
    await running.apply(config({ flush_interval: '20s' }))
    const after = await statusOf(running)
    expect(after.next_flush! - after.last_flush!).toBeCloseTo(20, 0)
    expect([after.instance_id, after.last_flush]).toEqual([before.instance_id, before.last_flush])
    await expect(running.apply(config({ flush_interval: '9s' }))).rejects.toThrow(
      /flush_interval: "9s": allowed are 10s to 10m0s/,
    )
    expect(await json(running, '/process/settings')).toMatchObject({ flush_interval: '20s' })
  })

  it('may be told in one edit of a recorder and to flush to it, whether or not a route leads there', async () => {
    const { config, out, documents } = configs()
    const running = await tree(config())
    await until(() => hasFlushed(running))
    const recorders = { a: out('a'), b: out('b') }
    await running.apply(config({ destination: ['b'] }, {}, { recorders }))
    await running.close()
    expect(documents('b')).toContainEqual(expect.objectContaining({ metric: 'presence_up', task_num: '0' }))
  })

  it('lets settings be put as soon as there is a token', async () => {
    const { config } = configs()
    const running = await tree(config({ enabled: false }))
    const put = (headers: Record<string, string> = {}) =>
      json<{ code: string }>(running, '/process/settings', { method: 'PUT', body: '{}', headers })
    expect((await put()).code).toBe('forbidden')
    await running.apply(config({ enabled: false }, {}, { token: 'a-token-that-is-long' }))
    // They stand in the configuration: that is the next thing in the way.
    expect((await put({ authorization: 'Bearer a-token-that-is-long' })).code).toBe('conflict')
  })
})

describe('a process that flushes', () => {
  it('is in /health, which is degraded while nothing can be flushed', async () => {
    const { config } = configs()
    const running = await tree(config())
    await until(() => hasFlushed(running))
    interface Health {
      status: string
      sources: (TaskStatus & { name: string })[]
    }
    expect(await json<Health>(running, '/health')).toMatchObject({
      status: 'ok',
      sources: [{ name: 'process', enabled: true, task_num: 0, last_error: null }],
    })
    const astray = await tree(configs().config({}, {}, { routes: {} }))
    await until(async () => (await statusOf(astray)).last_error !== null)
    expect(await json<Health>(astray, '/health')).toMatchObject({
      status: 'degraded',
      sources: [{ last_error: 'cannot flush process: no route leads from it to a recorder' }],
    })
  })

  it('is one in a program', async () => {
    const two = { process: { type: 'process' }, me: { type: 'process' } } as const
    await expect(tree({ readers: two })).rejects.toThrow(
      'cannot poll readers process and me: there is one process',
    )
  })

  it('is told by check, with its line, of a destination that is no recorder', () => {
    const text =
      'readers:\n  process:\n    enabled: true\n    destination: [a, nosuch]\nrecorders:\n  a: { type: file, path: a }\n'
    expect(() => parseConfig(text, 'f.yaml', {})).toThrow(
      'f.yaml:4: readers.process.destination: unknown recorder "nosuch": allowed are a',
    )
    const right = parseConfig(text.replace(', nosuch', ''), 'f.yaml', {})
    // It is in no route, and is shipped to all the same.
    expect(right.warnings).toEqual([])
  })
})
