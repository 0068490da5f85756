import { once } from 'node:events'
import { rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createCounters, createCountersSource, MAX_FILES } from '../../src/counters/index.ts'
import { exactJson } from '../../src/utils/index.ts'
import { keptLog } from '../support/log.ts'
import { child, encode, folder, open } from './support.ts'

const MAX = 2n ** 63n - 1n

describe('the source counters', () => {
  test('finds the files of a directory as they come and go', async () => {
    const dir = folder()
    const source = open({ directory: dir })
    expect((await source.read()).files).toEqual({})
    using first = createCounters(join(dir, 'first.dat'), { statics: { version: '1' }, capacity: 2 })
    first.addCounter('requests', 5n)
    const sample = await source.read()
    expect(sample.files).toEqual({
      'first.dat': {
        pid: process.pid,
        started: expect.any(Number),
        alive: true,
        error: null,
        statics: [{ label: 'version', value: '1' }],
        counters: [{ id: 1, label: 'requests', value: 5, rate: null }],
      },
    })
    using _second = createCounters(join(dir, 'second.dat'), { capacity: 1 })
    writeFileSync(join(dir, '.hidden'), '')
    expect(Object.keys((await source.read()).files)).toEqual(['first.dat', 'second.dat'])
    rmSync(join(dir, 'first.dat'))
    expect(Object.keys((await source.read()).files)).toEqual(['second.dat'])
  })

  test('is empty while there is no directory', async () => {
    const source = open({ directory: join(folder(), 'none') })
    expect((await source.read()).files).toEqual({})
  })

  test('reads one file or several by path, and says what is wrong with each', async () => {
    const dir = folder()
    using writer = createCounters(join(dir, 'good.dat'), { capacity: 1 })
    writer.addCounter('c')
    writeFileSync(join(dir, 'foreign.dat'), 'not at all a counters file')
    writeFileSync(join(dir, 'half.dat'), encode({ version: 0 }))
    const files = ['good.dat', 'foreign.dat', 'half.dat', 'none.dat'].map((name) => join(dir, name))
    const sample = await open({ files }).read()
    expect(Object.entries(sample.files).map(([name, { error }]) => [name, error?.replace(dir, '…')])).toEqual(
      [
        ['good.dat', undefined],
        ['foreign.dat', expect.stringMatching(/26 bytes/)],
        ['half.dat', expect.stringMatching(/not published it yet/)],
        ['none.dat', expect.stringMatching(/no such file/)],
      ],
    )
    expect(() => createCountersSource({ files: ['/a/x.dat', '/b/x.dat'] })).toThrow(
      /two counters files have one name/,
    )
  })

  test('goes on with the others where one may not even be looked at', async () => {
    const dir = folder()
    using writer = createCounters(join(dir, 'good.dat'), { capacity: 1 })
    writer.addCounter('c')
    symlinkSync('loop.dat', join(dir, 'loop.dat'))
    const { files } = await open({ directory: dir }).read()
    expect(files['good.dat']!.error).toBeNull()
    expect(files['loop.dat']!.error).toMatch(/ELOOP|symbolic links/)
  })

  test('gives rates per second, negative where a value fell, none where a counter is new', async () => {
    const dir = folder()
    const source = open({ directory: dir })
    using writer = createCounters(join(dir, 'a.dat'), { capacity: 4 })
    const grows = writer.addCounter('grows', MAX - 1000n)
    const falls = writer.addCounter('falls', 10n)
    const first = await source.read()
    await sleep(100)
    grows.add(1000n)
    falls.add(-1n)
    writer.addCounter('new', 3n)
    const second = await source.read(first)
    const counters = second.files['a.dat']!.counters
    expect(counters.map(({ label, value }) => [label, value])).toEqual([
      ['grows', MAX],
      ['falls', 9],
      ['new', 3],
    ])
    expect(counters[0]!.rate).toBeGreaterThan(100)
    expect(counters[0]!.rate).toBeLessThanOrEqual(10_100)
    expect(counters[1]!.rate).toBeLessThan(0)
    expect(counters[1]!.rate).toBeGreaterThan(-11)
    expect(counters[2]!.rate).toBeNull()
    // After a break in time the sample before is not given, and rates begin anew.
    const third = await source.read()
    expect(third.files['a.dat']!.counters.map(({ rate }) => rate)).toEqual([null, null, null])
  })

  test('starts over when a file is made anew: a new counter has no rate', async () => {
    const dir = folder()
    const path = join(dir, 'a.dat')
    const source = open({ directory: dir })
    writeFileSync(path, encode({ started: 1, slots: [{ id: 1n, label: 'c', value: 100n }] }))
    const first = await source.read()
    rmSync(path)
    writeFileSync(path, encode({ started: 2, slots: [{ id: 1n, label: 'c', value: 900n }] }))
    await sleep(5)
    const second = await source.read(first)
    expect(second.files['a.dat']).toMatchObject({ started: 2, counters: [{ value: 900, rate: null }] })
    // Overwritten in place: said once, read the next time.
    writeFileSync(path, encode({ started: 3, slots: [{ id: 1n, label: 'c', value: 7n }] }), { flag: 'r+' })
    expect((await source.read(second)).files['a.dat']!.error).toMatch(/overwritten/)
    expect((await source.read(second)).files['a.dat']).toMatchObject({
      started: 3,
      counters: [{ value: 7, rate: null }],
    })
  })

  test('notices a file that is cut, however little', async () => {
    const dir = folder()
    const path = join(dir, 'a.dat')
    const source = open({ directory: dir })
    writeFileSync(path, encode({ slots: [{ label: 'c' }] }))
    await source.read()
    truncateSync(path, 700)
    expect((await source.read()).files['a.dat']!.error).toMatch(/700 bytes of the 896/)
  })

  test("marks a dead process's file, whose counters stay as it left them", async () => {
    const dir = folder()
    const source = open({ directory: dir })
    const living = await child('live', join(dir, 'a.dat'), 'left')
    expect((await source.read()).files['a.dat']).toMatchObject({ pid: living.pid, alive: true })
    living.kill('SIGKILL')
    await once(living, 'exit')
    const file = (await source.read()).files['a.dat']!
    expect(file).toMatchObject({ alive: false, counters: [{ label: 'left', value: 7 }] })
  })

  test('tells of files that cannot be read as long as they cannot, and logs each once', async () => {
    const dir = folder()
    const log = keptLog()
    const source = open({ files: [join(dir, 'a.dat'), join(dir, 'none.dat')], log })
    writeFileSync(join(dir, 'a.dat'), 'no counters file')
    for (let beat = 0; beat < 3; beat++) await source.read()
    expect(source.faults()).toEqual([
      expect.stringContaining('counters file "a.dat": '),
      expect.stringContaining('counters file "none.dat": '),
    ])
    expect(log.said.map(({ message }) => message)).toEqual(source.faults())
    for (const name of ['a.dat', 'none.dat']) writeFileSync(join(dir, name), encode())
    await source.read()
    expect(source.faults()).toEqual([])
  })

  test('goes on with the files it follows when there are too many, and tells of the rest', async () => {
    const dir = folder()
    const log = keptLog()
    const source = open({ directory: dir, log })
    for (let i = 0; i < MAX_FILES; i++) writeFileSync(join(dir, `m${i}`), encode())
    const before = Object.keys((await source.read()).files)
    writeFileSync(join(dir, 'a'), encode())
    await source.read()
    expect(source.faults()).toEqual([`1 file of ${dir} is left out: 256 are followed at most`])
    log.said.length = 0
    writeFileSync(join(dir, 'b'), encode())
    expect(Object.keys((await source.read()).files)).toEqual(before)
    await source.read()
    expect(source.faults()).toEqual([`2 files of ${dir} are left out: 256 are followed at most`])
    expect(log.said).toHaveLength(1)
    rmSync(join(dir, 'm7'))
    expect(Object.keys((await source.read()).files)).toContain('a')
  })

  test('writes int64 values digit for digit in JSON', async () => {
    const dir = folder()
    using writer = createCounters(join(dir, 'a.dat'), { capacity: 2 })
    writer.addCounter('max', MAX)
    writer.addCounter('min', -MAX - 1n)
    const json = exactJson(await open({ directory: dir }).read())
    expect(json).toContain('"value":9223372036854775807,')
    expect(json).toContain('"value":-9223372036854775808,')
  })

  test('tells Prometheus of values, exactly, and of each file', async () => {
    const dir = folder()
    using writer = createCounters(join(dir, 'a.dat'), { capacity: 1 })
    writer.addCounter('max', MAX)
    writeFileSync(join(dir, 'bad.dat'), '')
    const source = open({ directory: dir })
    const points = source.families(await source.read()).map(({ name, points }) => [name, points])
    expect(points).toEqual([
      ['mcounter_value', [{ labels: { file: 'a.dat', label: 'max' }, value: MAX }]],
      ['mcounter_file_alive', [{ labels: { file: 'a.dat' }, value: 1 }]],
      [
        'mcounter_file_readable',
        [
          { labels: { file: 'a.dat' }, value: 1 },
          { labels: { file: 'bad.dat' }, value: 0 },
        ],
      ],
      ['mcounter_file_start_time_seconds', [{ labels: { file: 'a.dat' }, value: expect.any(Number) }]],
    ])
  })
})
