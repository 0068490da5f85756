import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { watchConfig } from '../../src/config/index.ts'
import { newFolder } from '../support/folder.ts'
import { until } from '../support/until.ts'

/** How often a change was told. */
function watching(file: string) {
  const told = { times: 0 }
  onTestFinished(watchConfig(file, () => told.times++))
  return told
}

describe('a configuration file that is watched', () => {
  it('is told when it is written in place, replaced, or written behind a link', async () => {
    const dir = newFolder()
    const file = join(dir, 'treering.yaml')
    mkdirSync(join(dir, 'elsewhere'))
    writeFileSync(join(dir, 'elsewhere', 'real.yaml'), 'a')
    symlinkSync('elsewhere/real.yaml', join(dir, 'link.yaml'))
    writeFileSync(file, 'a')
    const [plain, linked] = [watching(file), watching(join(dir, 'link.yaml'))]
    writeFileSync(file, 'b')
    writeFileSync(join(dir, 'elsewhere', 'real.yaml'), 'b')
    await until(() => plain.times === 1 && linked.times === 1)
    writeFileSync(`${file}.new`, 'c')
    renameSync(`${file}.new`, file)
    await until(() => plain.times === 2)
  })

  it('is told when a folder on the way to it is another one', async () => {
    const dir = newFolder()
    for (const version of ['one', 'two']) {
      mkdirSync(join(dir, version))
      writeFileSync(join(dir, version, 'treering.yaml'), version)
    }
    symlinkSync('one', join(dir, 'current'))
    const told = watching(join(dir, 'current', 'treering.yaml'))
    symlinkSync('two', join(dir, 'next'))
    renameSync(join(dir, 'next'), join(dir, 'current'))
    await until(() => told.times === 1)
  })

  it('is told when its folder was swapped for another, and after one that was gone', async () => {
    const dir = newFolder()
    const file = join(dir, 'etc', 'treering.yaml')
    for (const folder of ['etc', 'next']) {
      mkdirSync(join(dir, folder))
      writeFileSync(join(dir, folder, 'treering.yaml'), folder)
    }
    const told = watching(file)
    renameSync(join(dir, 'etc'), join(dir, 'old'))
    renameSync(join(dir, 'next'), join(dir, 'etc'))
    await until(() => told.times === 1)
    rmSync(join(dir, 'etc'), { recursive: true })
    await until(() => told.times === 2)
    mkdirSync(join(dir, 'etc'))
    writeFileSync(file, 'back')
    await until(() => told.times === 3)
  })

  it('is told once when it is gone, and when it is back, but not when it is gone for a moment', async () => {
    const file = join(newFolder(), 'treering.yaml')
    writeFileSync(file, 'a')
    const told = watching(file)
    rmSync(file)
    await sleep(500)
    writeFileSync(file, 'a')
    await sleep(2500)
    expect(told.times).toBe(0)
    rmSync(file)
    await until(() => told.times === 1)
    await sleep(2500)
    expect(told.times).toBe(1)
    writeFileSync(file, 'a')
    await until(() => told.times === 2)
  })
})
