import { mkdirSync } from 'node:fs'
import { relative } from 'node:path'
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
    /cannot open reader up: there is no type undefined/,
  ],
])('init that fails for %s says so, and leaves the folder to the next', async (_, wrong, message) => {
  const dataDir = newFolder()
  await expect(init({ listen, dataDir, readers: {}, ...wrong })).rejects.toThrow(message)
  const running = await init({ listen, dataDir, readers: {} })
  expect(await running.close()).toBe(true)
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
