import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  createCounters,
  createCountersSource,
  joinCounters,
  openCounters,
  printCounters,
} from '../../src/counters/index.ts'
import { child, encode, folder, started } from '../counters/support.ts'
import { until } from '../support/until.ts'
import { buildGo, buildJava, type Program, removePrograms } from './programs.ts'

const programs = { Go: buildGo(), Java: buildJava() }
const present = Object.entries(programs).filter((pair): pair is [string, Program] => pair[1] !== undefined)

afterAll(removePrograms)

const start = ([command, ...args]: Program, ...task: string[]) => started(command, [...args, ...task])

describe.each(present)('%s and Node', (name, program) => {
  const [command, ...args] = program

  test('print a file written by Node in the same lines', () => {
    const path = join(folder(), 'a.dat')
    using writer = createCounters(path, { statics: { ключ: '🙂', a: '' }, capacity: 20 })
    const labels = ['plain', '', 'ё'.repeat(190), '🙂'.repeat(100), 'gone', 'после']
    const counters = labels.map((label, i) =>
      writer.addCounter(label, i % 2 === 0 ? 2n ** 63n - 1n : -(2n ** 63n)),
    )
    counters[4]!.close()
    using reader = openCounters(path)
    expect(execFileSync(command, [...args, 'print', path], { encoding: 'utf8' })).toBe(
      printCounters(reader, path).toString(),
    )
  })

  test('print a file without statics in the same lines', () => {
    const path = join(folder(), 'a.dat')
    writeFileSync(path, encode({ staticsLength: 4, slots: [] }))
    using reader = openCounters(path)
    expect(execFileSync(command, [...args, 'print', path], { encoding: 'utf8' })).toBe(
      printCounters(reader, path).toString(),
    )
  })

  // A Java program makes characters of it first.
  if (name === 'Go')
    test('print a label that was cut within a character in the same bytes', () => {
      const path = join(folder(), 'a.dat')
      const bytes = encode({ slots: [{ id: 1n, label: 'я'.repeat(190) }] })
      bytes.writeInt32LE(379, 256 + 128)
      writeFileSync(path, bytes)
      using reader = openCounters(path)
      expect(execFileSync(command, [...args, 'print', path])).toEqual(printCounters(reader, path))
    })

  test(`add to a counter of a file that ${name} made`, async () => {
    const path = join(folder(), 'a.dat')
    const theirs = await start(program, 'serve', path, '10', 'shared', '300000')
    using writer = joinCounters(path)
    const counter = writer.findCounter('shared')!
    for (let i = 0; i < 300_000; i++) counter.increment()
    using own = writer.addCounter('of Node', 5n)
    theirs.stdin!.end()
    await theirs.done
    using reader = openCounters(path)
    expect(reader.getStatic('lang')).toBe(name.toLowerCase())
    expect(reader.pid).toBe(theirs.pid)
    expect(reader.counters().map(({ label, value }) => [label, value])).toEqual([
      ['shared', 600_000n],
      ['of Node', 5n],
    ])
    expect(own.id).toBeGreaterThan(1n)
  })

  test(`show the counters of a ${name} process within a second of its start, and mark it when it is killed`, async () => {
    const dir = folder()
    const source = createCountersSource({ directory: dir })
    onTestFinished(() => source.close())
    const read = () => source.collect(Date.now(), undefined, new AbortController().signal)
    expect(await read()).toBeUndefined()
    const theirs = await start(program, 'serve', join(dir, 'app.dat'), '500', 'requests', '1000')
    const at = performance.now()
    await until(async () => (await read())?.files['app.dat']?.counters[0]?.value === 1000)
    // On a machine that may be busy.
    expect(performance.now() - at).toBeLessThan(2000)
    theirs.kill('SIGKILL')
    await once(theirs, 'exit')
    expect((await read())?.files['app.dat']).toMatchObject({
      alive: false,
      counters: [{ label: 'requests', value: 1000 }],
    })
  })
})

describe('four processes at one file', () => {
  test('add 10 million to one counter and lose none', async () => {
    using writer = createCounters(join(folder(), 'a.dat'), { capacity: 3 })
    const counter = writer.addCounter('shared')
    const times = ['shared', '2500000'] as const
    const others = present.map(
      ([, program]) =>
        () =>
          start(program, 'add', writer.path, ...times),
    )
    const ours = Array.from({ length: 4 - others.length }, () => () => child('add', writer.path, ...times))
    const all = await Promise.all([...others, ...ours].map((begin) => begin()))
    await Promise.all(all.map(({ done }) => done))
    expect(counter.get()).toBe(10_000_000n)
  }, 60_000)

  test("add and free counters, and never show a label with another's value", async () => {
    using writer = createCounters(join(folder(), 'a.dat'), { capacity: 30 })
    writer.addCounter('steady=-5', -5n)
    using reader = openCounters(writer.path)
    // Watched from before they start: a fast program is through before a slow one has begun.
    const storms = Promise.all([
      ...present.map(([name, program], i) =>
        start(program, 'storm', writer.path, name[0]!, '2000', String((i + 1) * 2 ** 32)),
      ),
      child('storm', writer.path, 'n', '2000'),
      child('storm', writer.path, 'm', '2000'),
    ])
    const over = { yet: false }
    const ended = storms
      .then((all) => Promise.all(all.map(({ done }) => done)))
      .finally(() => {
        over.yet = true
      })
    const seen = new Set<string>()
    while (!over.yet) {
      for (let i = 0; i < 50; i++) {
        reader.forEach((_, label, value) => {
          if (label.slice(label.indexOf('=') + 1) !== String(value)) throw new Error(`${label} with ${value}`)
          seen.add(label[0]!)
        })
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    await ended
    expect([...seen]).toEqual(expect.arrayContaining(['m', 'n', 's']))
    expect(reader.counters()).toEqual([{ id: 1n, label: 'steady=-5', value: -5n }])
  })
})
