import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createCounters, openCounters, printCounters } from '../../src/counters/index.ts'
import { child, deadPid, encode, FIXTURES, folder } from './support.ts'

describe.each([true, false])('a reader (mapped: %s)', (mapped) => {
  test.each(readdirSync(FIXTURES).filter((name) => name.endsWith('.dat')))(
    'prints %s as the original printer does',
    (name) => {
      using reader = openCounters(join(FIXTURES, name), { mapped })
      expect(reader.isMapped).toBe(mapped && process.platform === 'linux')
      expect(printCounters(reader, name).toString()).toBe(
        readFileSync(join(FIXTURES, `${name}.print.txt`), 'utf8'),
      )
    },
  )

  test('prints labels and statics byte for byte, although Go or Java cut them within a character', () => {
    const path = join(folder(), 'a.dat')
    const bytes = encode({
      slots: [
        { id: 1n, label: 'я'.repeat(2), value: 5n },
        { id: 2n, label: 'whole \ufffd' },
      ],
    })
    bytes.writeInt32LE(3, 256 + 128)
    bytes.writeInt32LE(1, 128)
    bytes.writeInt32LE(1, 132)
    bytes.writeInt32LE(2, 136)
    Buffer.from([0xff, 0xd1, 0x8f]).copy(bytes, 140)
    writeFileSync(path, bytes)
    using reader = openCounters(path, { mapped })
    const lines = printCounters(reader, 'a').toString('latin1').split('\n').slice(4)
    const latin = (text: string) => Buffer.from(text).toString('latin1')
    expect(lines).toEqual([
      'static: \xff=\xd1\x8f',
      'counter: \xd1\x8f\xd1[1]=5',
      latin('counter: whole \ufffd[2]=0'),
      '',
    ])
    expect(reader.counters().map(({ label }) => label)).toEqual(['я\ufffd', 'whole \ufffd'])
    expect(reader.statics()).toEqual([{ label: '\ufffd', value: 'я' }])
  })

  test('decodes the label of a slot that did not change once', () => {
    const path = join(folder(), 'a.dat')
    writeFileSync(path, encode({ slots: [{ id: 1n, label: 'before' }] }))
    using reader = openCounters(path, { mapped })
    expect(reader.get(1n)!.label).toBe('before')
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.from('behind'), 0, 6, 256 + 132)
    expect(reader.get(1n)!.label).toBe('before')
    writeSync(file, Buffer.from([2, 2]), 0, 2, 256)
    closeSync(file)
    expect(reader.get(2n)!.label).toBe('behind')
  })

  test('sees counters come, change and go', () => {
    const path = join(folder(), 'a.dat')
    using writer = createCounters(path, { capacity: 700 })
    using reader = openCounters(path, { mapped })
    expect(reader.counters()).toEqual([])
    const counters = Array.from({ length: 600 }, (_, i) => writer.addCounter(`c${i}`, BigInt(i)))
    expect(reader.counters()).toHaveLength(600)
    expect(reader.getByLabel('c599')).toEqual({ id: 600n, label: 'c599', value: 599n })
    counters[3]!.close()
    counters[4]!.set(-1n)
    expect(reader.counters()).toHaveLength(599)
    expect([reader.get(4n), reader.get(5n)?.value]).toEqual([undefined, -1n])
    writer.addCounter('new')
    expect(reader.counters()[3]).toEqual({ id: 601n, label: 'new', value: 0n })
  })

  test('skips a slot that is being allocated', () => {
    const path = join(folder(), 'a.dat')
    const slots = [
      { id: 1n, label: 'half', status: 1 },
      { id: 2n, label: 'whole' },
    ]
    writeFileSync(path, encode({ slots }))
    using reader = openCounters(path, { mapped })
    expect(reader.counters().map(({ label }) => label)).toEqual(['whole'])
  })

  test('says so when its file is overwritten in place', () => {
    const path = join(folder(), 'a.dat')
    writeFileSync(path, encode({ slots: [{ label: 'a' }] }))
    using reader = openCounters(path, { mapped })
    reader.counters()
    writeFileSync(path, encode({ slots: [{ label: 'b' }], started: 1_800_000_000_000 }), { flag: 'r+' })
    expect(() => reader.counters()).toThrow(expect.objectContaining({ code: 'corrupt' }))
  })

  test('throws at any use after it is closed', () => {
    const reader = openCounters(join(FIXTURES, 'go-basic.dat'), { mapped })
    reader.close()
    reader.close()
    for (const use of [
      () => reader.counters(),
      () => reader.get(1n),
      () => reader.getByLabel('a'),
      () => reader.statics(),
    ]) {
      expect(use).toThrow(TypeError)
    }
    expect(reader.version).toBe(1)
  })
})

describe('opening', () => {
  test('says which file is not there, and which is no file', () => {
    const dir = folder()
    mkdirSync(join(dir, 'sub'))
    execFileSync('mkfifo', [join(dir, 'pipe')])
    expect(() => openCounters(join(dir, 'none'))).toThrow(expect.objectContaining({ code: 'not_found' }))
    expect(() => openCounters(join(dir, 'sub'))).toThrow(expect.objectContaining({ code: 'corrupt' }))
    expect(() => openCounters(join(dir, 'pipe'))).toThrow(/it is not a file/)
    expect(() => openCounters('..')).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  const aliveOf = (path: string) => {
    using reader = openCounters(path)
    return reader.isAlive
  }

  test('tells whether the process that made the file lives', async () => {
    const dir = folder()
    const write = (name: string, pid: number) => {
      writeFileSync(join(dir, name), encode({ pid, started: Date.now() }))
      return aliveOf(join(dir, name))
    }
    expect(write('own', process.pid)).toBe(true)
    expect(write('first', 1)).toBe(true)
    expect(write('dead', await deadPid())).toBe(false)
    expect(write('group', 0)).toBe(false)
    expect(write('negative', -process.pid)).toBe(false)
    expect(write('huge', 2 ** 40)).toBe(false)
  })

  test.runIf(process.platform === 'linux')(
    'does not take a process that began after the file, with the pid of its own, for its own',
    async () => {
      const path = join(folder(), 'a.dat')
      const other = await child('live', join(folder(), 'b.dat'), 'c')
      for (const pid of [process.pid, other.pid!, 1]) {
        writeFileSync(path, encode({ pid, started: Date.now() - 30 * 365 * 86_400_000 }))
        expect(aliveOf(path)).toBe(false)
      }
    },
  )

  test.runIf(process.platform === 'linux')(
    'takes a process that has the file mapped for its own, although a clock that was set makes it younger',
    async () => {
      const dir = folder()
      const living = await child('live', join(dir, 'theirs'), 'c')
      using writer = createCounters(join(dir, 'own'), { capacity: 1 })
      const old = Buffer.alloc(8)
      old.writeBigInt64LE(1_000_000_000_000n)
      for (const path of [join(dir, 'theirs'), writer.path]) {
        const file = openSync(path, 'r+')
        writeSync(file, old, 0, 8, 24)
        closeSync(file)
        expect(aliveOf(path)).toBe(true)
        expect(() => createCounters(path, { replaceStale: true })).toThrow(
          /its process \d+ lives|this process made/,
        )
      }
      living.kill('SIGKILL')
      await once(living, 'exit')
      expect(aliveOf(join(dir, 'theirs'))).toBe(false)
    },
  )
})
