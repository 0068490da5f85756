import { spawnSync } from 'node:child_process'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createCounters, openCounters } from '../../src/counters/index.ts'
import { child, encode, folder } from './support.ts'

describe('a file that is cut while it is mapped', () => {
  test.each([0, 100, 4096, 66_000])(
    'is an error for its reader, not the end of the process (cut to %d bytes)',
    (size) => {
      const path = join(folder(), 'a.dat')
      using writer = createCounters(path, { capacity: 1000 })
      for (let i = 0; i < 1000; i++) writer.addCounter(`c${i}`)
      using reader = openCounters(path)
      expect(reader.counters()).toHaveLength(1000)
      truncateSync(path, size)
      for (let i = 0; i < 3; i++) {
        expect(() => reader.counters()).toThrow(expect.objectContaining({ code: 'corrupt' }))
      }
    },
  )

  test.each([true, false])(
    'is an error for its reader when the cut is inside the last page (mapped: %s)',
    (mapped) => {
      const path = join(folder(), 'a.dat')
      const slots = [
        { id: 1n, label: 'a', value: 5n },
        { id: 2n, label: 'b', value: 7n },
      ]
      writeFileSync(path, encode({ slots }).subarray(0, 1536))
      using reader = openCounters(path, { mapped })
      expect(reader.counters()).toEqual(slots)
      truncateSync(path, 1290)
      for (let i = 0; i < 3; i++) {
        expect(() => reader.counters()).toThrow(expect.objectContaining({ code: 'corrupt' }))
      }
    },
  )

  test('is an error for its writer', () => {
    const path = join(folder(), 'a.dat')
    using writer = createCounters(path, { capacity: 10 })
    const counter = writer.addCounter('c')
    truncateSync(path, 0)
    expect(() => counter.increment()).toThrow(expect.objectContaining({ code: 'unavailable' }))
    expect(() => writer.addCounter('d')).toThrow(expect.objectContaining({ code: 'unavailable' }))
    counter.close()
  })

  test('is an error for its writer however many files are read, and those that are too many are read unmapped', () => {
    const dir = folder()
    writeFileSync(join(dir, 'read.dat'), encode({ slots: [{ label: 'c' }] }))
    const readers = Array.from({ length: 3_080 }, () => openCounters(join(dir, 'read.dat')))
    onTestFinished(() => {
      for (const reader of readers) reader.close()
    })
    expect(readers.at(-1)!.counters()).toHaveLength(1)
    using writer = createCounters(join(dir, 'written.dat'), { capacity: 10 })
    const counter = writer.addCounter('c')
    truncateSync(writer.path, 0)
    expect(() => counter.increment()).toThrow(expect.objectContaining({ code: 'unavailable' }))
    expect(readers.findIndex(({ isMapped }) => !isMapped)).toBe(process.platform === 'linux' ? 3072 : 0)
  })

  test.each([0, 100, 4096])('closes its counters (cut to %d bytes)', (size) => {
    const path = join(folder(), 'a.dat')
    using writer = createCounters(path, { capacity: 10 })
    const counter = writer.addCounter('c')
    expect(counter.isOpen).toBe(true)
    truncateSync(path, size)
    expect(counter.isOpen).toBe(false)
  })

  test('does not kill a process that reads or writes it all the time', async () => {
    const dir = folder()
    for (let round = 0; round < 3; round++) {
      const path = join(dir, `${round}.dat`)
      const writer = await child('write', path)
      const reader = await child('read', path)
      await sleep(20 + round * 7)
      truncateSync(path, 0)
      expect(await reader.done).toBe(process.platform === 'linux' ? 'mapped corrupt\n' : 'read corrupt\n')
      if (process.platform === 'linux') expect(await writer.done).toBe('unavailable\n')
    }
  })

  test('still kills with a bus error where the file is not ours', () => {
    const outside = `
      import koffi from 'koffi'
      import { openSync, ftruncateSync } from 'node:fs'
      import { openCounters, createCounters } from ${JSON.stringify(new URL('../../src/counters/index.ts', import.meta.url))}
      createCounters(process.argv[1] + '/a.dat', { capacity: 1 })
      const fd = openSync(process.argv[1] + '/b.dat', 'w+')
      ftruncateSync(fd, 4096)
      const mmap = koffi.load(null).func('void* mmap(void*, size_t, int, int, int, int64_t)')
      const bytes = new Uint8Array(koffi.view(mmap(null, 4096, 3, 1, fd, 0), 4096))
      ftruncateSync(fd, 0)
      console.log(bytes[0])`
    const args = ['--import', 'tsx', '--input-type=module', '-e', outside, folder()]
    const { signal, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect([signal, stdout]).toEqual(['SIGBUS', ''])
  })
})
