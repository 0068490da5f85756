import { mkdirSync, mkdtempSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { DisksReader, diskOf, ROUND_MS, TABLE_MS } from '../../src/systeminfo/disks.ts'
import { KeptFile } from '../../src/systeminfo/files.ts'
import { type AskSpace, type SpaceLimits, SpaceReader, type StatFs } from '../../src/systeminfo/space.ts'
import { until } from '../support/until.ts'
import { Clock, machine, readingOf } from './fixtures.ts'

const mount = { device: '/dev/sda1', path: '/', fstype: 'ext4', key: '/dev/sda1', remote: false }

describe('the space of a file system', () => {
  it('is counted as df counts it: blocks reserved for root are neither used nor free', () => {
    expect(diskOf(mount, { bsize: 4096, blocks: 1000, bfree: 400, bavail: 350 }, false)).toEqual({
      path: '/',
      fstype: 'ext4',
      total: 4_096_000,
      used: 600 * 4096,
      free: 350 * 4096,
      used_percent: 63.16,
    })
  })

  it('is marked stale only when it is', () => {
    const stats = { bsize: 1, blocks: 10, bfree: 10, bavail: 10 }
    expect(diskOf(mount, stats, true)).toMatchObject({ stale: true, used_percent: 0 })
    expect(diskOf(mount, stats, false)).not.toHaveProperty('stale')
  })

  it('is not shown for a file system without a size', () => {
    expect(diskOf(mount, { bsize: 4096, blocks: 0, bfree: 0, bavail: 0 }, false)).toBeNull()
  })

  it('has no percentage when nothing can be used', () => {
    expect(diskOf(mount, { bsize: 1, blocks: 5, bfree: 5, bavail: 0 }, false)!.used_percent).toBeNull()
  })
})

/** A file system that answers when told to. */
class Answers {
  readonly asked: string[] = []
  readonly #waiting = new Map<string, Parameters<AskSpace>[1]>()
  readonly ask: AskSpace = (path, done) => {
    this.asked.push(path)
    this.#waiting.set(path, done)
  }
  answer(path: string, blocks?: number): void {
    const stats: StatFs | undefined =
      blocks === undefined ? undefined : { bsize: 1, blocks, bfree: 0, bavail: 0 }
    this.#waiting.get(path)!(stats === undefined ? new Error('EIO') : null, stats)
  }
}

function space(limits: Partial<SpaceLimits> = {}) {
  const answers = new Answers()
  const clock = new Clock()
  const reader = new SpaceReader(
    answers.ask,
    { outstanding: 2, perCall: 4, timeoutMs: 300, intervalMs: 0, ...limits },
    clock.now,
  )
  return { answers, clock, reader, refresh: (...paths: string[]) => void reader.refresh(paths) }
}

describe('a space reader', () => {
  it('keeps the last answer of a path that does not answer again, and calls it stale', () => {
    const { answers, clock, reader, refresh } = space()
    refresh('/a')
    expect(reader.read('/a')).toBeUndefined()
    answers.answer('/a', 10)
    expect(reader.read('/a')).toMatchObject({ stats: { blocks: 10 }, stale: false })
    refresh('/a')
    expect(reader.read('/a')!.stale).toBe(false)
    clock.ms += 300
    expect(reader.read('/a')).toMatchObject({ stats: { blocks: 10 }, stale: true })
    answers.answer('/a', 11)
    expect(reader.read('/a')).toMatchObject({ stats: { blocks: 11 }, stale: false })
  })

  it('calls an answer stale after an error, until the next answer', () => {
    const { answers, reader, refresh } = space()
    refresh('/a')
    answers.answer('/a', 10)
    refresh('/a')
    answers.answer('/a')
    expect(reader.read('/a')!.stale).toBe(true)
    refresh('/a')
    answers.answer('/a', 10)
    expect(reader.read('/a')!.stale).toBe(false)
  })

  it('has one question outstanding per path, and few in all', () => {
    const { answers, refresh } = space()
    refresh('/a', '/b', '/c')
    refresh('/a', '/b', '/c')
    expect(answers.asked).toEqual(['/a', '/b'])
    answers.answer('/b', 1)
    expect(answers.asked).toEqual(['/a', '/b', '/c'])
  })

  it('calls what queues behind stuck paths stale as well', () => {
    const { answers, clock, reader, refresh } = space({ outstanding: 1 })
    refresh('/a')
    answers.answer('/a', 1)
    refresh('/dead', '/a')
    clock.ms += 300
    expect(reader.read('/a')!.stale).toBe(true)
  })

  it('asks a few paths each time, those asked longest ago first', () => {
    const { answers, refresh } = space({ outstanding: 9, perCall: 2 })
    refresh('/a', '/b', '/c')
    for (const path of ['/a', '/b', '/c']) answers.answer(path, 1)
    refresh('/a', '/b', '/c')
    for (const path of ['/a', '/b']) answers.answer(path, 1)
    refresh('/a', '/b', '/c')
    expect(answers.asked).toEqual(['/a', '/b', '/c', '/a', '/b', '/c', '/a'])
  })

  it('asks a path no more often than its interval', () => {
    const { answers, clock, refresh } = space({ intervalMs: 5000 })
    refresh('/a')
    answers.answer('/a', 1)
    refresh('/a')
    clock.ms += 5000
    refresh('/a')
    expect(answers.asked).toEqual(['/a', '/a'])
  })

  it('forgets a path that is no longer wanted', () => {
    const { answers, reader, refresh } = space()
    refresh('/a')
    answers.answer('/a', 1)
    refresh('/b')
    expect(reader.read('/a')).toBeUndefined()
  })

  it('resolves when all that were asked have answered, and at once when none is due', async () => {
    const { answers, reader } = space()
    let done = false
    const asked = reader.refresh(['/a', '/b', '/c'])!.then(() => {
      done = true
    })
    answers.answer('/a', 1)
    answers.answer('/b')
    await sleep(1)
    expect(done).toBe(false)
    answers.answer('/c', 1)
    await asked
    expect(reader.refresh([])).toBeUndefined()
  })

  it('tells once that a path has another size', () => {
    const { answers, reader, refresh } = space()
    for (const blocks of [10, 10, 20]) {
      expect(reader.takeResized()).toBe(false)
      refresh('/a')
      answers.answer('/a', blocks)
    }
    expect(reader.takeResized()).toBe(true)
    expect(reader.takeResized()).toBe(false)
  })
})

describe('a disks reader', () => {
  const cleanups: (() => void)[] = []
  afterEach(() => {
    for (const cleanup of cleanups.splice(0).reverse()) cleanup()
  })

  function readerOf(table: string, root = '') {
    const folder = mkdtempSync(join(tmpdir(), 'treering-disks-'))
    const path = join(folder, 'mounts')
    writeFileSync(path, table)
    const clock = new Clock()
    const reader = new DisksReader({ mounts: new KeptFile(path), root, named: [], clock: clock.now })
    cleanups.push(() => rmSync(folder, { recursive: true }))
    cleanups.push(() => reader.close())
    return { reader, path, clock }
  }

  it('reads mount points under another root, as a container does that watches its host', async () => {
    const root = mkdtempSync(join(tmpdir(), 'treering-root-'))
    cleanups.push(() => rmSync(root, { recursive: true }))
    mkdirSync(`${root}/boot/efi`, { recursive: true })
    const { reader } = readerOf(
      '/dev/sda1 / ext4 rw 0 0\n/dev/sda2 /boot/efi vfat rw 0 0\n/dev/sda3 /x ext4 rw 0 0\n',
      root,
    )
    const disks = await readingOf(reader)
    const { bsize, blocks } = statfsSync(root)
    expect(Object.keys(disks)).toEqual(['/dev/sda1', '/dev/sda2'])
    expect(disks['/dev/sda1']).toMatchObject({ path: '/', fstype: 'ext4', total: bsize * blocks })
    expect(disks['/dev/sda2']!.path).toBe('/boot/efi')
  })

  it('sees a change of the mount table within its interval', async () => {
    const { reader, path, clock } = readerOf('/dev/sda1 / ext4 rw 0 0\n')
    expect(Object.keys(await readingOf(reader))).toEqual(['/dev/sda1'])
    writeFileSync(path, '/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /tmp xfs rw 0 0\n')
    expect(Object.keys(await readingOf(reader))).toEqual(['/dev/sda1'])
    clock.ms += TABLE_MS
    expect(Object.keys(await readingOf(reader))).toEqual(['/dev/sda1', '/dev/sdb1'])
  })

  /** A mount point of which a test decides what is there: a folder of the disk, or of main memory. */
  function place() {
    const folder = mkdtempSync(join(tmpdir(), 'treering-place-'))
    cleanups.push(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'place')
    const put = (there: string) => {
      rmSync(path, { force: true })
      symlinkSync(there, path)
    }
    put('/')
    return { path, put }
  }
  const totalOf = (path: string) => statfsSync(path).bsize * statfsSync(path).blocks

  it('looks without a wait, and knows a while later what it asked', async () => {
    const { path, put } = place()
    const { reader, clock } = readerOf(`/dev/sda1 ${path} ext4 rw 0 0\n`)
    expect(reader.look()).toEqual({})
    await until(() => reader.look()['/dev/sda1']?.total === totalOf('/'))
    expect(reader.due).toBe(false)
    expect(reader.look()).toBe(reader.latest)
    put('/dev/shm')
    clock.ms += ROUND_MS
    expect(reader.due).toBe(true)
    expect(reader.look()).toMatchObject({ '/dev/sda1': { total: totalOf('/') } })
    await until(() => reader.look()['/dev/sda1']?.total === totalOf('/dev/shm'))
    expect(reader.due).toBe(false)
  })

  it('reads the mount table at once when a size changes', async () => {
    const { path, put } = place()
    const { reader, path: table, clock } = readerOf(`/dev/sda1 ${path} ext4 rw 0 0\n`)
    expect(Object.keys(await readingOf(reader))).toEqual(['/dev/sda1'])
    writeFileSync(table, `/dev/sdb1 ${path} ext4 rw 0 0\n`)
    put('/dev/shm')
    clock.ms += ROUND_MS
    expect(Object.keys(reader.look())).toEqual(['/dev/sda1'])
    await until(() => reader.look()['/dev/sdb1'] !== undefined)
    expect(reader.latest).toMatchObject({ '/dev/sdb1': { total: totalOf('/dev/shm') } })
  })

  it('never takes the answer of one device for that of another at the same place', async () => {
    const { path, put } = place()
    const { reader, path: table, clock } = readerOf(`/dev/sda1 ${path} ext4 rw 0 0\n`)
    await readingOf(reader)
    writeFileSync(table, `/dev/sdb1 ${path} ext4 rw 0 0\n`)
    put('/dev/shm')
    clock.ms += TABLE_MS
    expect(reader.look()).toEqual({})
    await until(() => reader.look()['/dev/sdb1']?.total === totalOf('/dev/shm'))
  })

  it('fails at each look until the mount table can be read', async () => {
    const { reader, path } = readerOf('')
    rmSync(path)
    for (const _ of [1, 2]) expect(() => reader.look()).toThrow('ENOENT')
    expect(reader.due).toBe(true)
    writeFileSync(path, '/dev/sda1 / ext4 rw 0 0\n')
    expect(await readingOf(reader)).toMatchObject({ '/dev/sda1': { path: '/' } })
  })

  it('shows no disk where no mount point is there', async () => {
    const { reader } = readerOf('/dev/sda1 /nonexistent ext4 rw 0 0\n', machine('container'))
    expect(await readingOf(reader)).toEqual({})
  })
})
