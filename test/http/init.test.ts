import { relative } from 'node:path'
import { expect, it } from 'vitest'
import type { Config } from '../../src/index.ts'
import { DEFAULT_CONFIG, init } from '../../src/index.ts'
import { newFolder } from '../support/folder.ts'
import { keptLog } from '../support/log.ts'

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
  const tree = await init({ listen, dataDir, readers: {} })
  expect(await tree.close()).toBe(true)
})

it('a change says nothing of a data folder that stays, however it is written', async () => {
  const log = keptLog()
  const dataDir = relative(process.cwd(), newFolder())
  const config = { ...DEFAULT_CONFIG, listen, readers: {} }
  const tree = await init({ ...config, dataDir }, { log })
  await tree.apply({ ...config, dataDir })
  expect(JSON.stringify(log.said)).not.toContain('next start')
  await tree.apply({ ...config, dataDir: newFolder() })
  expect(JSON.stringify(log.said)).toContain('next start')
  await tree.close()
})
