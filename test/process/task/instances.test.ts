/** Instances beside each other, as they are run: real processes, real stores. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { TaskStatus } from '../../../src/process/task/index.ts'
import { newFolder } from '../../support/folder.ts'
import { until } from '../../support/until.ts'
import { type Place, places, SHARED_PLACES } from './places.ts'

const APP = fileURLToPath(new URL('app.mjs', import.meta.url))
const LEASE_MS = 3_000
const placeOf = places()

interface Flush {
  number: number
  requests: number
  at: number
}

class Instance {
  readonly flushes: Flush[] = []
  readonly refused: string[] = []
  readonly #child: ChildProcess
  readonly #exit: Promise<unknown>
  #url: Promise<string>

  constructor(place: Place, file: string) {
    const options = { place: place.options, leaseMs: LEASE_MS, file }
    this.#child = spawn(process.execPath, [APP, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#exit = once(this.#child, 'exit')
    onTestFinished(() => void this.#child.kill('SIGKILL'))
    this.#url = new Promise((resolve) => {
      createInterface(this.#child.stdout!).on('line', (text) => {
        const line = JSON.parse(text) as Flush & { url?: string; refused?: string }
        if (line.url !== undefined) resolve(line.url)
        else if (line.refused !== undefined) this.refused.push(line.refused)
        else this.flushes.push(line)
      })
    })
  }

  async get<T>(path: string): Promise<T> {
    return (await (await fetch((await this.#url) + path)).json()) as T
  }

  /** Its number, once it has one. */
  async number(): Promise<number> {
    await until(() => this.flushes.length > 0, 'its first flush')
    return (await this.get<TaskStatus>('/process/status')).task_num
  }

  async put(settings: object): Promise<Response> {
    return fetch(`${await this.#url}/process/settings`, { method: 'PUT', body: JSON.stringify(settings) })
  }

  /** Waits for so many more flushes. */
  async more(count: number): Promise<Flush[]> {
    const from = this.flushes.length
    await until(() => this.flushes.length >= from + count, `${count} more flushes`)
    return this.flushes.slice(from, from + count)
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#child.kill(signal)
    await this.#exit
  }
}

describe.each(SHARED_PLACES)('instances with task numbers in %s', (name) => {
  test('are numbered, replaced when one is killed, and follow their file', {
    timeout: 60_000,
  }, async (context) => {
    const place = await placeOf(name, context)
    const file = join(newFolder(), 'settings.json')
    writeFileSync(file, JSON.stringify({ enabled: true, flush_interval: '500ms', flush_timeout: '400ms' }))
    const first = new Instance(place, file)
    expect(await first.number()).toBe(0)
    const beside = [new Instance(place, file), new Instance(place, file)]
    const numbers = await Promise.all(beside.map((instance) => instance.number()))
    expect(numbers.toSorted()).toEqual([1, 2])
    const [one, two] = numbers[0] === 1 ? beside : beside.toReversed()

    // Killed hard: its number is free when its lease ends; in a folder, where its end can be seen, at once.
    await one!.end('SIGKILL')
    const replaced = new Instance(place, file)
    expect(await replaced.number()).toBe(name === 'file' ? 1 : 3)
    await sleep(LEASE_MS)
    const later = new Instance(place, file)
    expect(await later.number()).toBe(name === 'file' ? 3 : 1)

    // Stopped cleanly: one more flush, and its number is free at once.
    const before = two!.flushes.length
    await two!.end('SIGTERM')
    expect(two!.flushes.length).toBeGreaterThan(before)
    const next = new Instance(place, file)
    expect(await next.number()).toBe(2)

    // All flush under their own numbers, none of them was ever reset.
    for (const instance of [first, replaced, later, next])
      expect(new Set(instance.flushes.map(({ number }) => number)).size).toBe(1)

    // A change in the file shows in the next flush, of all.
    const write = (settings: object) => {
      writeFileSync(`${file}.new`, JSON.stringify({ enabled: true, ...settings }))
      renameSync(`${file}.new`, file)
    }
    write({ flush_interval: '100ms', flush_timeout: '50ms' })
    for (const instance of [first, next]) {
      const apart = async () => {
        const { last_flush, next_flush } = await instance.get<TaskStatus>('/process/status')
        return next_flush! - last_flush!
      }
      await until(async () => (await apart()) <= 0.3)
      await instance.more(2)
    }
    // A wrong one changes nothing.
    write({ flush_interval: '1ms' })
    await until(() => first.refused.length > 0)
    expect(first.refused[0]).toMatch(/flush_interval: "1ms": allowed are 50ms to 1s, a third of the lease/)
    await first.more(2)
    expect((await first.put({ flush_interval: '1ms' })).status).toBe(400)
    expect(await first.get('/process/settings')).toMatchObject({ flush_interval: '100ms' })
    expect((await first.put({ enabled: false })).status).toBe(200)
    expect(await first.get('/process/status')).toMatchObject({ enabled: false, task_num: -1 })
  })
})
