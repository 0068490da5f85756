import { existsSync, mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, it } from 'vitest'
import type { Config } from '../../src/index.ts'
import { DEFAULT_CONFIG, init } from '../../src/index.ts'
import { newFolder } from '../support/folder.ts'
import { keptLog } from '../support/log.ts'
import { tree } from '../support/tree.ts'

const listen = { host: '127.0.0.1', port: 0 }

it.each<[string, Partial<Config>, RegExp]>([
  ['a period that cannot be', { periods: { short: 5 } }, /invalid period short/],
  [
    'a reader of no type',
    { readers: { up: {} as never } },
    /readers\.up: type is missing: allowed are system_info, counters/,
  ],
  ['an endpoint that is none', { readers: { up: { type: 'expvar', endpoint: 'a b' } } }, /endpoint "a b"/],
])('init that fails for %s says so, and leaves the folder to the next', async (_, wrong, message) => {
  const dataDir = newFolder()
  await expect(init({ listen, dataDir, readers: {}, ...wrong })).rejects.toThrow(message)
  const running = await init({ listen, dataDir, readers: {} })
  expect(await running.close()).toBe(true)
})

const map = 'expected a map of'
it.each<[string, unknown, string]>([
  ['no map', 'treering.yaml', `${map} listen, dataDir, logLevel`],
  [
    'an address that is a text',
    { listen: '127.0.0.1:9911' },
    `listen: ${map} host, port, such as { host: '127.0.0.1', port: 8888 }`,
  ],
  [
    'an address without a port',
    { listen: { host: '127.0.0.1' } },
    'listen.port: expected a whole number from 0 to 65535',
  ],
  [
    'a port beyond all',
    { listen: { host: '127.0.0.1', port: 99_999 } },
    'listen.port: expected a whole number from 0 to 65535',
  ],
  ['a key that is none', { reders: {} }, 'unknown key reders; allowed are listen, dataDir, logLevel'],
  ['a token that is a number', { token: 12_345_678 }, 'token: expected a text'],
  ['no sockets', { maxSockets: 0 }, 'maxSockets: allowed are 1 to 1000000'],
  ['a level that is none', { logLevel: 'loud' }, 'logLevel: allowed are debug, info, warn, error'],
  ['a period that is a text', { periods: { '1y': '365d' } }, 'periods.1y: expected milliseconds'],
  ['a reader that is none', { readers: { up: true } }, `readers.up: ${map} type and its options`],
  [
    'a type that is none',
    { readers: { x: { type: 'nope' } } },
    'readers.x: type "nope" is not known: allowed are',
  ],
  ['an expvar of nothing', { readers: { x: { type: 'expvar' } } }, 'readers.x: endpoint: expected a text'],
  ['no targets', { readers: { x: { type: 'uptime' } } }, 'readers.x: targets: is missing'],
  [
    'a recorder that is none',
    { recorders: { r: { type: 'nope' } } },
    'recorders.r: type "nope" is not known',
  ],
  ['a recorder of nothing', { recorders: { r: { type: 'file' } } }, 'recorders.r: options: expected a map'],
  ['a name that is no file', { readers: { '../x': {} } }, 'readers.../x: a name is 1 to 64 of A-Z'],
  ['a route that is a name', { routes: { all: 'file' } }, `routes.all: ${map} readers, recorders`],
  ['two faults, each told', { insecure: 1, dataDir: '' }, 'dataDir: expected at least one character; inse'],
])('init refuses %s before anything is created', async (_, wrong, message) => {
  const dataDir = join(newFolder(), 'data')
  const given = typeof wrong === 'string' ? wrong : { listen, dataDir, readers: {}, ...(wrong as object) }
  await expect(init(given as never)).rejects.toThrow(
    expect.objectContaining({ code: 'invalid', message: expect.stringContaining(message) }),
  )
  expect(existsSync(dataDir)).toBe(false)
})

it('init refuses a source that is none before anything is created', async () => {
  const dataDir = join(newFolder(), 'data')
  await expect(init({ listen, dataDir, readers: {} }, { sources: [{} as never] })).rejects.toThrow(
    'cannot poll source undefined: a name is 1 to 64',
  )
  expect(existsSync(dataDir)).toBe(false)
})

it('init takes what is undefined for what is not given', async () => {
  const running = await init({
    listen,
    dataDir: newFolder(),
    readers: {},
    token: undefined,
    periods: undefined as never,
  })
  expect(await running.close()).toBe(true)
})

it('a change that is no configuration is refused, and leaves all as it is', async () => {
  const { url, apply } = await tree({ readers: { first: { type: 'self' } } })
  await expect(apply({ ...DEFAULT_CONFIG, reders: {} } as never)).rejects.toThrow('unknown key reders')
  expect((await fetch(`${url}/metrics/first`)).status).toBe(200)
})

it('a change says nothing of a data folder that stays, however it is written', async () => {
  const log = keptLog()
  const dataDir = relative(process.cwd(), newFolder())
  const config = { ...DEFAULT_CONFIG, listen, readers: {} }
  const running = await init({ ...config, dataDir }, { log })
  await running.apply({ ...config, dataDir })
  expect(JSON.stringify(log.said)).not.toContain('next start')
  await running.apply({ ...config, dataDir: newFolder() })
  expect(JSON.stringify(log.said)).toContain('next start')
  await running.close()
})

it('a start is none without a reader that cannot start', async () => {
  const dataDir = newFolder()
  mkdirSync(`${dataDir}/metrics/second.json`, { recursive: true })
  const readers = { first: { type: 'self' }, second: { type: 'self' } } as const
  await expect(init({ listen, dataDir, readers })).rejects.toThrow(
    /^cannot read history .*second(?!.*taken up)/,
  )
})

it('a change is taken up without a reader that cannot start, which is said', async () => {
  const dataDir = newFolder()
  const { url, apply } = await tree({ dataDir })
  // What stands where a history would be written is no history.
  mkdirSync(`${dataDir}/metrics/second.json`)
  const readers = { first: { type: 'self' }, second: { type: 'self' }, third: { type: 'self' } } as const
  const change = apply({ ...DEFAULT_CONFIG, listen, dataDir, readers })
  await expect(change).rejects.toThrow(/second.*; all else is taken up$/)
  for (const [name, status] of Object.entries({ first: 200, second: 404, third: 200 }))
    expect((await fetch(`${url}/metrics/${name}`)).status).toBe(status)
})
