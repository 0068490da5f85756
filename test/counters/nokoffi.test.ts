import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { expect, test } from 'vitest'
import { FIXTURES, folder } from './support.ts'

test('without koffi files are read all the same, and the writer says what is missing', () => {
  const dir = folder()
  // Bundled to where no node_modules is, so that koffi really cannot be found.
  const outfile = join(dir, 'counters.mjs')
  const entry = fileURLToPath(new URL('../../src/counters/index.ts', import.meta.url))
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['koffi'],
  })
  cpSync(join(FIXTURES, 'go-basic.dat'), join(dir, 'go.dat'))
  const program = `
    import { createCounters, openCounters } from './counters.mjs'
    const reader = openCounters('./go.dat')
    console.log(reader.isMapped, reader.get(3n).value)
    try { createCounters('./new.dat') } catch (error) { console.log(error.code, error.message) }`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: dir,
    encoding: 'utf8',
  })
  const [values, missing] = stdout.split('\n')
  expect(values).toBe('false 9223372036854775807n')
  expect(missing).toMatch(
    /^unavailable cannot create counters file .*optional dependency koffi does not load: Cannot find/,
  )
})
