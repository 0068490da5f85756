import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type CountersEntry, createCounters, MAX_LABELS } from '../../src/counters/index.ts'
import { keptLog } from '../support/log.ts'
import { encode, folder, open } from './support.ts'

describe('the names of counters in the history', () => {
  test('tells several counters of one label apart by numbers', async () => {
    const dir = folder()
    using writer = createCounters(join(dir, 'a.dat'), { capacity: 3 })
    for (const label of ['same', 'same', '__proto__']) writer.addCounter(label)
    const sample = await open({ directory: dir }).read()
    expect(sample.files['a.dat']!.counters.map(({ label }) => label)).toEqual([
      'same',
      'same[2]',
      '__proto__',
    ])
  })

  test('keeps the name a counter was given first, whichever of its label close and come', async () => {
    const dir = folder()
    const source = open({ directory: dir })
    using writer = createCounters(join(dir, 'a.dat'), { capacity: 3 })
    const read = async () =>
      (await source.read()).files['a.dat']!.counters.map(({ id, label }) => `${id} ${label}`)
    const first = writer.addCounter('same')
    writer.addCounter('same')
    const last = writer.addCounter('other')
    expect(await read()).toEqual(['1 same', '2 same[2]', '3 other'])
    first.close()
    expect(await read()).toEqual(['2 same[2]', '3 other'])
    writer.addCounter('other')
    expect(await read()).toEqual(['4 other[2]', '2 same[2]', '3 other'])
    last.close()
    writer.addCounter('same')
    expect(await read()).toEqual(['4 other[2]', '2 same[2]', '5 same'])
  })

  test('uses names again: its history has as many as counters of a label were there at once', async () => {
    const dir = folder()
    const source = open({ directory: dir })
    using writer = createCounters(join(dir, 'a.dat'), { capacity: 101 })
    writer.addCounter('taken[3]')
    const counters = Array.from({ length: 100 }, () => writer.addCounter('taken'))
    let entry: CountersEntry | undefined
    for (let beat = 0; beat < 200; beat++) {
      for (let n = 0; n < 20; n++) {
        counters[(beat * 7 + n) % 100]!.close()
        counters[(beat * 7 + n) % 100] = writer.addCounter('taken')
      }
      entry = source.reduce(entry, await source.read())
    }
    const names = Array.from({ length: 101 }, (_, n) => (n === 0 ? 'taken' : `taken[${n + 1}]`))
    expect([...entry!.files.get('a.dat')!.labels].sort()).toEqual(names.sort())
  })

  test('keeps 10,000 labels of a file in a slot, tells of those it left out, and has room in the next', async () => {
    const dir = folder()
    const log = keptLog()
    const source = open({ directory: dir, log })
    const path = join(dir, 'a.dat')
    const write = (from: number, number: number) => {
      const slots = Array.from({ length: number }, (_, n) => ({
        id: BigInt(from + n),
        label: `c${from + n}`,
      }))
      writeFileSync(path, encode({ capacity: 6000, slots }))
    }
    write(0, 6000)
    const slot = source.reduce(undefined, await source.read())
    write(6000, 6000)
    for (let beat = 0; beat < 3; beat++) {
      const next = await source.read()
      source.reduce(slot, next)
      source.reduce(undefined, next)
    }
    const { labels, stats } = slot.files.get('a.dat')!
    expect([labels.length, stats.length]).toEqual([MAX_LABELS, MAX_LABELS * 8])
    expect(labels.at(-1)).toBe('c9999')
    expect(source.faults()).toEqual([
      'counters file "a.dat": labels are left out of its history: of a slot 10000 are kept at most',
    ])
    expect(log.said).toHaveLength(1)
    source.reduce(undefined, await source.read())
    await source.read()
    expect(source.faults()).toEqual([])
  })
})
