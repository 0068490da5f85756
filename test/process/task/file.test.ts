/** What is particular to task numbers in a folder: the chain of files, and processes that end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fileTaskNumbers } from '../../../src/process/task/index.ts'
import { Chain } from '../../../src/process/task/tasknumbers/chain.ts'
import { hasEnded, type Owner, thisProcess } from '../../../src/process/task/tasknumbers/owner.ts'
import { newFolder } from '../../support/folder.ts'
import { until } from '../../support/until.ts'
import { soon, TASK } from './places.ts'

const links = (dir: string) => readdirSync(dir).filter((name) => name.endsWith('.json'))
const leaseFolder = (dir: string) => join(dir, readdirSync(dir)[0]!)
const now = () => Number(process.hrtime.bigint() / 1000n) / 1000

describe('a chain of files', () => {
  test('begins with nothing, and holds what was put last', async () => {
    const chain = new Chain(join(newFolder(), 'a', 'b'))
    const first = await chain.last()
    expect(first).toEqual({ number: 0, text: undefined })
    expect(await chain.put(first, 'one')).toBe(true)
    expect(await chain.put(first, 'other')).toBe(false)
    const second = await chain.last()
    expect(second).toEqual({ number: 1, text: 'one' })
    expect(await chain.put(second, 'two')).toBe(true)
    expect((await chain.last()).text).toBe('two')
  })

  test('loses no change of any who put at one time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 1, max: 8 }),
        async (writers, changes) => {
          const dir = newFolder()
          async function write(writer: number): Promise<void> {
            const chain = new Chain(dir)
            for (let change = 0; change < changes; ) {
              const link = await chain.last()
              if (await chain.put(link, `${link.text ?? ''}${writer}.${change} `)) change++
            }
          }
          await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
          const { text } = await new Chain(dir).last()
          const got = text!.trim().split(' ')
          const all = Array.from({ length: writers }, (_, w) =>
            Array.from({ length: changes }, (_, c) => `${w}.${c}`),
          )
          expect(got.toSorted()).toEqual(all.flat().toSorted())
          // Each writer's own in its order.
          for (const own of all) expect(got.filter((item) => own.includes(item))).toEqual(own)
        },
      ),
      { numRuns: 15 },
    )
  })

  test('does not grow, and sweeps what killed processes left', async () => {
    const dir = newFolder()
    const chain = new Chain(dir)
    const hourAgo = new Date(Date.now() - 3_700_000)
    writeFileSync(join(dir, '1-old.tmp'), '')
    utimesSync(join(dir, '1-old.tmp'), hourAgo, hourAgo)
    writeFileSync(join(dir, '1-new.tmp'), '')
    for (let i = 0; i < 100; i++) await chain.put(await chain.last(), String(i))
    expect(links(dir)).toHaveLength(32)
    expect(readdirSync(dir)).toContain('1-new.tmp')
    expect(readdirSync(dir)).not.toContain('1-old.tmp')
    expect(await chain.last()).toEqual({ number: 100, text: '99' })
  })

  test('takes nothing from one that slept while it went on, however long', async () => {
    for (const missed of [1, 5, 31, 32, 33, 40, 100]) {
      const dir = newFolder()
      const chain = new Chain(dir)
      await chain.put(await chain.last(), 'seen')
      const seen = await chain.last()
      for (let i = 0; i < missed; i++) await chain.put(await chain.last(), `newer ${i}`)
      expect(await chain.put(seen, 'late')).toBe(false)
      expect((await chain.last()).text).toBe(`newer ${missed - 1}`)
      expect(links(dir).map((name) => readFileSync(join(dir, name), 'utf8'))).not.toContain('late')
    }
  })

  test('says what is wrong with a folder that it cannot use', async () => {
    const dir = newFolder()
    writeFileSync(join(dir, 'file'), '')
    const chain = new Chain(join(dir, 'file', 'below'))
    await expect(chain.last()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^cannot read task numbers in .*file\/below: ENOTDIR/),
    })
    const nowhere = new Chain('/proc/treering')
    const link = await nowhere.last()
    await expect(nowhere.put(link, '')).rejects.toThrow(
      /cannot write task numbers in \/proc\/treering: ENOENT/,
    )
  })
})

describe('a process', () => {
  const self = thisProcess()

  test('lives while it lives', () => {
    expect(hasEnded(self, self)).toBe(false)
  })

  test('has ended when another has its pid: started at another time, or on another boot', () => {
    expect(self.started).toMatch(/^\d+$/)
    expect(hasEnded({ ...self, started: String(Number(self.started) - 1) }, self)).toBe(true)
    expect(hasEnded({ ...self, boot: 'before' }, self)).toBe(true)
  })

  test('has ended when it was killed, also before its parent has noted it', async () => {
    const child = spawn('sleep', ['60'])
    const owner: Owner = { ...self, pid: child.pid!, started: null }
    expect(hasEnded(owner, self)).toBe(false)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(hasEnded(owner, self)).toBe(true)
    // A shell that never looks after its child leaves it a zombie.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'])
    onTestFinished(() => void parent.kill('SIGKILL'))
    const [text] = await once(parent.stdout, 'data')
    await until(() => hasEnded({ ...self, pid: Number(String(text)), started: null }, self))
  })

  test('of another container cannot be seen: its lease alone ends it', () => {
    expect(hasEnded({ ...self, pid: 2 ** 22 - 1, pid_namespace: 'pid:[1]' }, self)).toBe(false)
    expect(hasEnded({ ...self, pid: 2 ** 22 - 1, pid_namespace: 'pid:[1]', boot: 'its own' }, self)).toBe(
      false,
    )
  })
})

describe('task numbers in a folder', () => {
  const ask = (dir: string, id: string, leaseMs?: number) =>
    fileTaskNumbers({ dir, leaseMs }).notifyTaskIsAlive(TASK, id, soon())

  /** Puts a lease of number 0 where another process would have put it. */
  async function leaseOf(
    dir: string,
    owner: Partial<Owner>,
    renewed_ms = now(),
    lease_ms = 60_000,
  ): Promise<void> {
    await ask(dir, 'to be replaced')
    const chain = new Chain(leaseFolder(dir))
    const link = await chain.last()
    const lease = {
      number: 0,
      instance: 'other',
      owner: { ...thisProcess(), ...owner },
      renewed_ms,
      lease_ms,
    }
    await chain.put(link, JSON.stringify({ ...JSON.parse(link.text!), leases: [lease] }))
  }

  /** A process that holds number 0. */
  async function holder(dir: string, leaseMs: number): Promise<ChildProcess> {
    const instance = fileURLToPath(new URL('instance.mjs', import.meta.url))
    const options = {
      place: { type: 'file', dir },
      id: 'p',
      leaseMs,
      beatMs: 100,
      beats: 1000,
      log: join(newFolder(), 'log'),
    }
    const child = spawn(process.execPath, [instance, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    return child
  }

  test('of a process that was killed are free at once', async () => {
    const dir = newFolder()
    const child = await holder(dir, 60_000)
    expect(await ask(dir, 'one')).toBe(1)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await ask(dir, 'two')).toBe(0)
  })

  test('of a process that hangs are free after its lease', async () => {
    const dir = newFolder()
    const child = await holder(dir, 2_000)
    child.kill('SIGSTOP')
    expect(await ask(dir, 'one')).toBe(1)
    await sleep(2_100)
    expect(await ask(dir, 'two')).toBe(0)
  })

  test.each<[string, Partial<Owner>, number]>([
    ['whose pid another process has now', { started: '1' }, 0],
    ['of the boot before', { boot: 'before' }, 0],
    ['of another container', { pid: 2 ** 22 - 1, pid_namespace: 'pid:[1]' }, 1],
    ['of a process that lives', {}, 1],
  ])('of an owner %s are judged by that', async (_, owner, number) => {
    const dir = newFolder()
    await leaseOf(dir, owner)
    expect(await ask(dir, 'me')).toBe(number)
  })

  test('that seem to be of the future are of a boot before this one', async () => {
    const dir = newFolder()
    await leaseOf(dir, { pid_namespace: 'pid:[1]' }, now() + 3_600_000)
    expect(await ask(dir, 'me')).toBe(0)
  })

  test('are as long as their holder says, whatever others say', async () => {
    const dir = newFolder()
    await leaseOf(dir, {}, now() - 5_000, 60_000)
    expect(await ask(dir, 'me', 1_000)).toBe(1)
  })

  test('are not given to two processes that use one instance id', async () => {
    const dir = newFolder()
    const child = await holder(dir, 60_000)
    await expect(ask(dir, 'p')).rejects.toMatchObject({
      code: 'conflict',
      message: `cannot take a task number: process ${child.pid} uses the instance id "p": each instance needs its own`,
    })
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await ask(dir, 'p')).toBe(0)
  })

  test('race a hundred times, and are never equal', async () => {
    const dir = newFolder()
    const [a, b] = [fileTaskNumbers({ dir }), fileTaskNumbers({ dir })]
    for (let i = 0; i < 100; i++) {
      const task = { ...TASK, hostName: `h${i % 4}` }
      const pair = await Promise.all(
        [a, b].map((numbers, n) => numbers!.notifyTaskIsAlive(task, `${i}-${n}`, soon())),
      )
      expect(pair[0]).not.toBe(pair[1])
    }
  })

  test('survive a power cut, and are not guessed at in a file that is none', async () => {
    const dir = newFolder()
    expect(await ask(dir, 'one')).toBe(0)
    const folder = leaseFolder(dir)
    writeFileSync(join(folder, '000000000009.json'), '')
    expect(await ask(dir, 'two')).toBe(0)
    writeFileSync(join(folder, '000000000019.json'), '\0'.repeat(100))
    expect(await ask(dir, 'three')).toBe(0)
    for (const text of ['{"version":1', '{"version":2,"leases":[]}', '{"version":1,"leases":[{}]}', 'null']) {
      writeFileSync(join(folder, '000000000029.json'), text)
      await expect(ask(dir, 'four')).rejects.toMatchObject({
        code: 'corrupt',
        message: `cannot read task numbers in ${folder}: remove the folder when nothing runs that uses it`,
      })
    }
  })

  test('are lost, not shared, when the folder is removed', async () => {
    const dir = newFolder()
    const numbers = fileTaskNumbers({ dir })
    expect(await numbers.notifyTaskIsAlive(TASK, 'one', soon())).toBe(0)
    rmSync(dir, { recursive: true })
    await expect(numbers.notifyTaskIsAlive(TASK, 'one', soon())).rejects.toThrow(/no task number/)
    mkdirSync(dir)
    expect(await numbers.notifyTaskIsAlive(TASK, 'one', soon())).toBe(0)
  })

  test('can be read by people: who holds what', async () => {
    const dir = newFolder()
    await ask(dir, 'one')
    const folder = leaseFolder(dir)
    const text = JSON.parse(readFileSync(join(folder, links(folder).at(-1)!), 'utf8'))
    expect(text).toMatchObject({
      version: 1,
      target: { service_name: 'shop', job_name: 'web', data_center: 'eu', host_name: 'a1' },
      leases: [{ number: 0, instance: 'one', owner: { pid: process.pid }, lease_ms: 1_800_000 }],
    })
  })
})
