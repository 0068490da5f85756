/** Redis and PostgreSQL as they are: shared settings, a store that is down, one that accepts and never answers. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { afterAll, describe, expect, onTestFinished, type TestContext, test } from 'vitest'
import { connectPostgres } from '../../../src/process/task/connections/postgres.ts'
import { connectRedis } from '../../../src/process/task/connections/redis.ts'
import {
  postgresTaskNumbers,
  redisTaskNumbers,
  type SettingsStore,
  State,
  type StateOptions,
  SYSTEM_CLOCK,
  settingsInPostgres,
  settingsInRedis,
  type TaskNumAllocator,
} from '../../../src/process/task/index.ts'
import { need, needProgram } from '../../support/need.ts'
import { until } from '../../support/until.ts'
import { soon, TASK } from './places.ts'
import { postgresPrograms, postgresServer, redisServer, type Server } from './servers.ts'
import { Numbers } from './support.ts'

/** What differs between the two. `own` names what belongs to one test. */
interface Kind {
  need(context: TestContext): void
  start(): Promise<Server>
  settings(url: string, own: string, pollMs?: number): SettingsStore
  /** Puts a text where the document is, as somebody does by hand. */
  byHand(url: string, own: string, text: string): Promise<void>
  numbers(url: string, own: string, leaseMs: number): TaskNumAllocator
}

const KINDS: Record<'redis' | 'postgres', Kind> = {
  redis: {
    need: (context) => needProgram(context, 'redis-server'),
    start: redisServer,
    settings: (url, own, pollMs) => settingsInRedis({ url, key: own, pollMs }),
    async byHand(url, own, text) {
      const redis = connectRedis({ url })
      await redis.send(['SET', own, text])
      await redis.close()
    },
    numbers: (url, own, leaseMs) => redisTaskNumbers({ url, prefix: own, leaseMs }),
  },
  postgres: {
    need: (context) => need(context, postgresPrograms() !== undefined, 'postgresql'),
    start: postgresServer,
    settings: (url, own, pollMs) => settingsInPostgres({ url, table: `${own}_settings`, pollMs }),
    async byHand(url, own, text) {
      const postgres = connectPostgres({ url })
      // JSON of PostgreSQL is always JSON: what is none becomes a text.
      const json = text.startsWith('{') ? text : JSON.stringify(text)
      await postgres.query(`UPDATE ${own}_settings SET settings = $1::jsonb`, [json])
      await postgres.close()
    },
    numbers: (url, own, leaseMs) => postgresTaskNumbers({ url, table: own, leaseMs }),
  },
}

const running = new Map<string, Promise<Server>>()
let tests = 0
afterAll(async () => {
  for (const server of running.values()) await (await server).close()
})

/** One server for all tests of a kind; each ends with it running. */
async function place(name: 'redis' | 'postgres', context: TestContext) {
  const kind = KINDS[name]
  kind.need(context)
  const starting = running.get(name) ?? kind.start()
  running.set(name, starting)
  const server = await starting
  const own = `shop${tests++}`
  return {
    server,
    url: server.url,
    settings: (pollMs?: number) => kind.settings(server.url, own, pollMs),
    byHand: (text: string) => kind.byHand(server.url, own, text),
    numbers: (leaseMs = 60_000) => kind.numbers(server.url, own, leaseMs),
    own,
  }
}

function started(options: Partial<StateOptions>): State {
  const state = new State({
    target: TASK,
    metrics: new Numbers(),
    send: async () => {},
    leastIntervalMs: 50,
    clock: SYSTEM_CLOCK,
    ...options,
  })
  onTestFinished(() => state.stop(0))
  return state.start()
}

describe.each(['redis', 'postgres'] as const)('settings in %s', (name) => {
  test('lie over those of the configuration, for all instances that watch them', async (context) => {
    const shared = await place(name, context)
    const settings = { enabled: true, flush_interval: '1h', flush_workers: 2 }
    const [a, b] = [1, 2].map(() => started({ settings, settingsStore: shared.settings(50) }))
    await until(() => a!.status().last_flush !== null && b!.status().last_flush !== null)
    const source = expect.stringContaining('shop')
    expect(a!.status().settings).toMatchObject({ source, writable: true, error: null })
    await a!.settings.put({ flush_interval: '30m' })
    expect(a!.settings.current).toMatchObject({ flushIntervalMs: 1_800_000, flushWorkers: 2 })
    await until(() => b!.settings.current.flushIntervalMs === 1_800_000)
    // Another key from the other instance: what the first has set stays.
    await b!.settings.put({ flush_workers: 7 })
    await until(() => a!.settings.current.flushWorkers === 7)
    expect(a!.settings.current.flushIntervalMs).toBe(1_800_000)
  })

  test('that are wrong are refused, and those before stay until they are right again', async (context) => {
    const shared = await place(name, context)
    const state = started({ settings: { enabled: true }, settingsStore: shared.settings(50) })
    await state.settings.put({ flush_interval: '20m' })
    for (const [text, reason] of [
      ['{"flush_interval":"1ms"}', /flush_interval: "1ms": allowed are 50ms to 24h/],
      ['{"enabled":"no"}', /enabled: "no": allowed are true and false/],
      ['not json', /no JSON|expected a map/],
    ] as const) {
      await shared.byHand(text)
      await until(() => reason.test(state.status().settings.error ?? ''))
      expect(state.settings.current).toMatchObject({ enabled: true, flushIntervalMs: 1_200_000 })
    }
    await shared.byHand('{"flush_interval":"40m"}')
    await until(() => state.settings.current.flushIntervalMs === 2_400_000)
    expect(state.status().settings.error).toBeNull()
    // What somebody has broken by hand can be mended from here.
    await shared.byHand('not json')
    await state.settings.put({ flush_interval: '50m' })
    expect(state.settings.current.flushIntervalMs).toBe(3_000_000)
  })

  test('that switch the task off do so before it has begun', async (context) => {
    const shared = await place(name, context)
    const first = started({ settings: {}, settingsStore: shared.settings(50) })
    await first.settings.put({ enabled: false })
    const second = started({ settings: { enabled: true }, settingsStore: shared.settings(50) })
    await sleep(300)
    expect(second.status()).toMatchObject({ enabled: false, last_flush: null })
  })
})

test('settings in postgres are told to all at once, without waiting for a poll', async (context) => {
  const shared = await place('postgres', context)
  const hour = 3_600_000
  const [a, b] = [1, 2].map(() => started({ settingsStore: shared.settings(hour) }))
  await a!.settings.put({ flush_workers: 9 })
  await until(() => b!.settings.current.flushWorkers === 9)
  await a!.settings.put({ flush_workers: 10 })
  await until(() => b!.settings.current.flushWorkers === 10)
  // Also after the connection was lost.
  await shared.server.kill()
  await shared.server.start()
  await a!.settings.put({ flush_workers: 11 })
  await until(() => b!.settings.current.flushWorkers === 11)
})

describe.each(['redis', 'postgres'] as const)('a %s', (name) => {
  test('that is down when the task starts leaves it with the settings it has, and without a number', async (context) => {
    const { server, ...shared } = await place(name, context)
    await server.kill()
    const state = started({
      settings: { enabled: true },
      settingsStore: shared.settings(50),
      taskNumAllocator: shared.numbers(),
    })
    await until(() => state.status().last_error !== null)
    const reason = expect.stringMatching(new RegExp(`^${name}: `))
    const settings = { error: reason }
    expect(state.status()).toMatchObject({ enabled: true, task_num: -1, last_error: reason, settings })
    await server.start()
    await until(() => state.status().settings.error === null)
    await expect(state.settings.put({ flush_interval: '15s' })).resolves.toMatchObject({
      flushIntervalMs: 15_000,
    })
  })

  test.for(['is down', 'accepts and never answers'])(
    'that %s leaves the number with its holder until the lease ends',
    { timeout: 120_000 },
    async (how, context) => {
      const { server, ...shared } = await place(name, context)
      const leaseMs = 2_000
      const metrics = new Numbers()
      let sends = 0
      const state = started({
        metrics,
        settings: { enabled: true, flush_interval: '300ms', flush_timeout: '250ms' },
        taskNumAllocator: shared.numbers(leaseMs),
        send: async () => void sends++,
      })
      await until(() => sends > 1)
      if (how === 'is down') await server.kill()
      else server.freeze()
      const began = performance.now()
      const before = sends
      await until(() => state.status().last_error?.startsWith('cannot renew task number 0') === true)
      await until(() => sends > before + 1)
      expect(state.status().task_num).toBe(0)
      expect(metrics.resets).toBe(0)
      await until(() => state.status().task_num === -1)
      // Never longer than the lease from the last time it was renewed.
      expect(performance.now() - began).toBeLessThan(2 * leaseMs)
      expect(metrics.resets).toBe(1)
      const after = sends
      await sleep(500)
      expect(sends).toBe(after)

      if (how === 'is down') await server.start()
      else server.thaw()
      await until(() => sends > after)
      expect(state.status()).toMatchObject({ task_num: 0, last_error: null })
      expect(metrics.resets).toBe(1)
    },
  )

  test('is the clock of its leases: that of a holder may be set by an hour', async (context) => {
    const shared = await place(name, context)
    let ahead = 0
    const clock = { ...SYSTEM_CLOCK, now: () => Date.now() + ahead }
    let sends = 0
    const state = started({
      clock,
      settings: { enabled: true, flush_interval: '500ms', flush_timeout: '450ms' },
      taskNumAllocator: shared.numbers(),
      send: async () => void sends++,
    })
    for (const step of [3_600_000, -3_600_000]) {
      await until(() => sends > 0)
      ahead += step
      sends = 0
      await until(() => sends > 1)
      expect(state.status()).toMatchObject({ task_num: 0, last_error: null })
    }
    const other = shared.numbers()
    onTestFinished(() => other.close?.())
    expect(await other.notifyTaskIsAlive(TASK, 'other', soon())).toBe(1)
  })

  test('does not tell its password in an error', async (context) => {
    const { own } = await place(name, context)
    const numbers = KINDS[name].numbers(`${name}://user:geheim@127.0.0.1:1/0`, own, 60_000)
    onTestFinished(() => numbers.close?.())
    const failure = await numbers.notifyTaskIsAlive(TASK, 'me', soon()).catch((error: Error) => error)
    expect(String(failure)).toMatch(new RegExp(`${name}: `))
    expect(`${String(failure)} ${JSON.stringify(failure)}`).not.toContain('geheim')
  })

  test('has an end of numbers', async (context) => {
    const shared = await place(name, context)
    const numbers = shared.numbers()
    onTestFinished(() => numbers.close?.())
    expect(await numbers.notifyTaskIsAlive(TASK, 'first', soon())).toBe(0)
    if (name === 'redis') {
      const redis = connectRedis(shared)
      const fill = `local key = redis.call('KEYS', '${shared.own}:*:numbers')[1]
        for i = 1, 9999 do redis.call('HSET', key, 'x' .. i, i) end`
      await redis.send(['EVAL', fill, '0'])
      await redis.close()
    } else {
      const postgres = connectPostgres(shared)
      const fill = `INSERT INTO ${shared.own} SELECT task, n, 'x' || n, lease_end FROM ${shared.own}, generate_series(1, 9999) n`
      await postgres.query(fill, [])
      await postgres.close()
    }
    for (let i = 0; i < 2; i++)
      await expect(numbers.notifyTaskIsAlive(TASK, 'last', soon())).rejects.toMatchObject({
        code: 'full',
        message: 'cannot give a task number: all 10000 are held',
      })
    expect(await numbers.notifyTaskIsAlive(TASK, 'first', soon())).toBe(0)
  })
})

describe('a program that has a client already', () => {
  test('of Redis lends it', async (context) => {
    const { url, own } = await place('redis', context)
    const client = new Redis(url)
    onTestFinished(() => client.disconnect())
    const send = ([command = '', ...args]: readonly string[]) => client.call(command, ...args)
    const numbers = redisTaskNumbers({ send, prefix: own })
    expect(await numbers.notifyTaskIsAlive(TASK, 'me', soon())).toBe(0)
    await numbers.close?.()
    expect(await client.ping()).toBe('PONG')
  })

  test('of PostgreSQL lends it', async (context) => {
    const { url, own } = await place('postgres', context)
    const pool = new Pool({ connectionString: url })
    onTestFinished(() => pool.end())
    const query = (sql: string, params: unknown[]) => pool.query(sql, params)
    const numbers = postgresTaskNumbers({ query, table: `public.${own}` })
    expect(await numbers.notifyTaskIsAlive(TASK, 'me', soon())).toBe(0)
    await numbers.close?.()
    expect((await pool.query(`SELECT number FROM ${own}`)).rows).toEqual([{ number: 0 }])
    expect(() => postgresTaskNumbers({ query, table: 'a; DROP TABLE b' })).toThrow(/invalid table/)
  })
})
