/** What child processes and worker threads of the tests do. */

import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { createCounters, joinCounters, openCounters } from '../../src/counters/index.ts'

const TASKS: Record<string, (...args: string[]) => void | Promise<void>> = {
  /** Adds 1 to a counter so many times. */
  add(path, label, times) {
    using writer = joinCounters(path!)
    const counter = writer.findCounter(label!)!
    ready()
    for (let i = 0; i < Number(times); i++) counter.increment()
  },
  /** Adds counters whose value stands in their label, and closes them, for so long. */
  storm(path, tag, ms) {
    using writer = joinCounters(path!)
    ready()
    const until = Date.now() + Number(ms)
    for (let n = 0; Date.now() < until; ) {
      const open = Array.from({ length: 5 }, () => {
        n++
        return writer.addCounter(`${tag!.repeat(1 + (n % 40))}=${n}`, BigInt(n))
      })
      for (const counter of open) counter.close()
    }
  },
  /** Makes a file and lives until it is killed. */
  live(path, label) {
    createCounters(path!, { capacity: 10, replaceStale: true }).addCounter(label!, 7n)
    ready()
    setInterval(() => {}, 1000)
  },
  /** Tries to take a file over as soon as it is told to, and lives on. */
  async race(path) {
    ready()
    await new Promise((resolve) => process.stdin.once('data', resolve))
    try {
      createCounters(path!, { capacity: 10, replaceStale: true })
      console.log('won')
    } catch (error) {
      console.log((error as { code?: string }).code)
    }
    process.stdin.once('end', () => process.exit())
    setInterval(() => {}, 1000)
  },
  /** Reads a file until it cannot, and says why. */
  async read(path) {
    using reader = openCounters(path!)
    ready()
    try {
      for (;;) {
        for (let i = 0; i < 100; i++) reader.counters()
        await new Promise((resolve) => setImmediate(resolve))
      }
    } catch (error) {
      console.log(`${reader.isMapped ? 'mapped' : 'read'} ${(error as { code?: string }).code}`)
    }
  },
  /** Adds to a counter of its own file until it cannot, and says why. */
  async write(path) {
    const counter = createCounters(path!, { capacity: 100 }).addCounter('mine')
    ready()
    try {
      for (;;) {
        for (let i = 0; i < 1000; i++) counter.increment()
        await new Promise((resolve) => setImmediate(resolve))
      }
    } catch (error) {
      console.log((error as { code?: string }).code)
    }
  },
}

function ready(): void {
  if (isMainThread) console.log('ready')
  else parentPort!.postMessage('ready')
}

const [task, ...args] = (isMainThread ? process.argv.slice(2) : workerData) as string[]
await TASKS[task!]!(...args)
