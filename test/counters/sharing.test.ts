import { once } from 'node:events'
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { createCounters, joinCounters, openCounters } from '../../src/counters/index.ts'
import { child, deadPid, encode, folder } from './support.ts'

/** Does a task of `child.ts` in a worker thread; a plain module first, as threads do not inherit the loader. */
function thread(task: string[]): Worker {
  const module = JSON.stringify(new URL('child.ts', import.meta.url))
  const start = `import('tsx/esm/api').then(({ register }) => { register(); return import(${module}) })`
  return new Worker(start, { eval: true, workerData: task })
}

describe('one counter', () => {
  test('loses no increment of two worker threads and two processes', async () => {
    using writer = createCounters(join(folder(), 'a.dat'), { capacity: 2 })
    const counter = writer.addCounter('shared')
    const times = 500_000
    const task = ['add', writer.path, 'shared', String(times)]
    const threads = [thread(task), thread(task)].map((each) => once(each, 'exit'))
    const processes = await Promise.all([child(...task), child(...task)])
    await Promise.all([...threads, ...processes.map(({ done }) => done)])
    expect(counter.get()).toBe(BigInt(4 * times))
  })
})

test.runIf(process.platform === 'linux')(
  'the mapping of a thread that was terminated goes when the next thread maps a file',
  async () => {
    const dir = folder()
    const mapped = () => readFileSync('/proc/self/maps', 'utf8').split(dir).length - 1
    using writer = createCounters(join(dir, 'own.dat'), { capacity: 1 })
    for (let n = 0; n < 4; n++) {
      const worker = thread(['live', join(dir, `${n}.dat`), 'c'])
      await once(worker, 'message')
      expect(mapped()).toBe(2)
      await worker.terminate()
    }
    expect(writer.addCounter('c', 5n).get()).toBe(5n)
  },
)

describe('counters that come and go in two processes', () => {
  test.each([true, false])("never show a label with another's value (mapped: %s)", async (mapped) => {
    using writer = createCounters(join(folder(), 'a.dat'), { capacity: 20 })
    writer.addCounter('steady=-5', -5n)
    using reader = openCounters(writer.path, { mapped })
    const storms = await Promise.all(['a', 'b'].map((tag) => child('storm', writer.path, tag, '1500')))
    const ended = Promise.all(storms.map(({ done }) => done))
    const over = { yet: false }
    void ended.finally(() => {
      over.yet = true
    })
    let seen = 0
    while (!over.yet) {
      for (let i = 0; i < 50; i++) {
        const readings = reader.counters()
        expect(readings[0]?.label).toBe('steady=-5')
        for (const { label, value } of readings) {
          if (label.slice(label.indexOf('=') + 1) !== String(value)) throw new Error(`${label} with ${value}`)
          seen++
        }
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    await ended
    expect(seen).toBeGreaterThan(1000)
    expect(reader.counters()).toHaveLength(1)
  })
})

describe('a file that was left behind', () => {
  test('is taken over when its process is dead and replaceStale is set', async () => {
    const path = join(folder(), 'a.dat')
    writeFileSync(path, encode({ pid: await deadPid(), slots: [{ label: 'old' }] }))
    expect(() => createCounters(path)).toThrow(expect.objectContaining({ code: 'conflict' }))
    using before = openCounters(path)
    using writer = createCounters(path, { replaceStale: true, capacity: 3 })
    writer.addCounter('new')
    using after = openCounters(path)
    expect([before.counters()[0]?.label, after.counters()[0]?.label]).toEqual(['old', 'new'])
    expect([before.isAlive, after.isAlive]).toEqual([false, true])
  })

  test('is lost to those that joined it when it is taken over, which isOpen and addCounter tell', async () => {
    const path = join(folder(), 'a.dat')
    writeFileSync(path, encode({ pid: await deadPid(), capacity: 3, slots: [{ label: 'old' }] }))
    using joined = joinCounters(path)
    const counter = joined.addCounter('mine')
    expect(counter.isOpen).toBe(true)
    using _writer = createCounters(path, { replaceStale: true, capacity: 3 })
    expect(counter.isOpen).toBe(false)
    expect(() => joined.addCounter('more')).toThrow(/it was replaced/)
    expect(() => joined.findCounter('mine')).toThrow(expect.objectContaining({ code: 'unavailable' }))
  })

  test('is not taken over by the process that made it, which is told what to do', () => {
    const path = join(folder(), 'a.dat')
    createCounters(path, { capacity: 1 }).close()
    expect(() => createCounters(path)).toThrow(/it exists; replaceStale takes over/)
    expect(() => createCounters(path, { replaceStale: true })).toThrow(/this process made it: use the writer/)
  })

  test('is taken over when its pid is that of this process, which began after it', () => {
    const path = join(folder(), 'a.dat')
    writeFileSync(path, encode({ started: Math.floor(performance.timeOrigin) - 1 }))
    using writer = createCounters(path, { replaceStale: true, capacity: 1 })
    writer.addCounter('new')
    expect(() => createCounters(path, { replaceStale: true })).toThrow(/this process made it/)
  })

  test('is taken over when its pid was given to a process that began after it', async () => {
    const path = join(folder(), 'a.dat')
    const other = await child('live', join(folder(), 'b.dat'), 'c')
    writeFileSync(path, encode({ pid: other.pid! }))
    createCounters(path, { replaceStale: true, capacity: 0 }).close()
  })

  test('is never taken over while its process lives', async () => {
    const path = join(folder(), 'a.dat')
    const living = await child('live', path, 'theirs')
    const refused = expect.objectContaining({
      code: 'conflict',
      message: expect.stringContaining(`process ${living.pid} lives`),
    })
    expect(() => createCounters(path, { replaceStale: true })).toThrow(refused)
    living.kill('SIGKILL')
    await once(living, 'exit')
    createCounters(path, { replaceStale: true, capacity: 0 }).close()
  })

  test('is taken over half-created, but not while it may be being created', () => {
    const path = join(folder(), 'a.dat')
    writeFileSync(path, '')
    expect(() => createCounters(path, { replaceStale: true })).toThrow(/it is being created/)
    const other = join(folder(), 'b.dat')
    writeFileSync(other, encode({ version: 0, started: 0 }))
    expect(() => createCounters(other, { replaceStale: true })).toThrow(/this process made it/)
    utimesSync(path, 0, 0)
    createCounters(path, { replaceStale: true, capacity: 0 }).close()
  })

  test('goes to one of four processes that take it over at the same moment', async () => {
    for (let round = 0; round < 2; round++) {
      const path = join(folder(), 'a.dat')
      writeFileSync(path, encode({ pid: await deadPid() }))
      const racers = await Promise.all([0, 1, 2, 3].map(() => child('race', path)))
      for (const racer of racers) racer.stdin!.write('go\n')
      await Promise.all(racers.map((racer) => once(racer.stdout!, 'data')))
      for (const racer of racers) racer.stdin!.end()
      const said = await Promise.all(racers.map(({ done }) => done))
      expect(said.sort()).toEqual(['conflict\n', 'conflict\n', 'conflict\n', 'won\n'])
      expect(existsSync(path)).toBe(true)
    }
  })
})
