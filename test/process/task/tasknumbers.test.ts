/** What all allocators promise, on each of them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import {
  memoryTaskNumbers,
  NoTaskNumberError,
  type TaskIdentity,
  type TaskNumAllocator,
} from '../../../src/process/task/index.ts'
import { smallestFree } from '../../../src/process/task/tasknumbers/allocator.ts'
import { type Place, type PlaceName, places, soon, TASK } from './places.ts'

const placeOf = places()
/** Short enough to wait for. Only waited for, never kept by being in time. */
const SHORT_MS = 300
const OVER_MS = 500

const ask = (numbers: TaskNumAllocator, instance: string, task: TaskIdentity = TASK) =>
  numbers.notifyTaskIsAlive(task, instance, soon())

describe.each<PlaceName>(['memory', 'file', 'redis', 'postgres'])('task numbers in %s', (name) => {
  /** Each instance has an allocator of its own, as each process has. */
  const spread = async (place: Place, count: number, leaseMs?: number) => {
    const all = Array.from({ length: count }, (_, i) => ({ id: `i${i}`, numbers: place.open(leaseMs) }))
    const given = await Promise.all(all.map(({ id, numbers }) => ask(numbers, id)))
    return { all, given }
  }

  test('are the smallest free ones, from 0, each given once', async (context) => {
    const place = await placeOf(name, context)
    const { given } = await spread(place, 12)
    expect(given.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i))
    expect(await ask(place.open(), 'one more')).toBe(12)
  })

  test('stay with an instance that asks again', async (context) => {
    const place = await placeOf(name, context)
    const { all, given } = await spread(place, 3)
    for (let i = 0; i < 3; i++)
      expect(await Promise.all(all.map(({ id, numbers }) => ask(numbers, id)))).toEqual(given)
  })

  test('that were given back are free at once', async (context) => {
    const place = await placeOf(name, context)
    const { all, given } = await spread(place, 3)
    const holder = all[given.indexOf(1)]!
    await holder.numbers.release!(TASK, holder.id, soon())
    expect(await ask(place.open(), 'next')).toBe(1)
    expect(await ask(holder.numbers, holder.id)).toBe(3)
  })

  test('are given back by their holder alone, and giving back twice is no fault', async (context) => {
    const place = await placeOf(name, context)
    const numbers = place.open()
    expect(await ask(numbers, 'holder')).toBe(0)
    await place.open().release!(TASK, 'a stranger', soon())
    expect(await ask(place.open(), 'next')).toBe(1)
    await numbers.release!(TASK, 'holder', soon())
    await numbers.release!(TASK, 'holder', soon())
    expect(await ask(place.open(), 'third')).toBe(0)
  })

  const restarted =
    'stay with an instance that was started anew, when what it was before gives them back late'
  // In memory one allocator is all there is.
  if (name !== 'memory')
    test(restarted, async (context) => {
      const place = await placeOf(name, context)
      const before = place.open()
      expect(await ask(before, 'pod-7')).toBe(0)
      const after = place.open()
      expect(await ask(after, 'pod-7')).toBe(0)
      await before.release!(TASK, 'pod-7', soon())
      expect(await ask(place.open(), 'other')).toBe(1)
      expect(await ask(after, 'pod-7')).toBe(0)
      await after.release!(TASK, 'pod-7', soon())
      expect(await ask(place.open(), 'third')).toBe(0)
    })

  test('of two tasks, or of two instances of one id on two tasks, are independent', async (context) => {
    const place = await placeOf(name, context)
    const numbers = place.open()
    expect(await ask(numbers, 'same')).toBe(0)
    for (const key of ['serviceName', 'jobName', 'dataCenter', 'hostName'] as const)
      expect(await ask(numbers, 'same', { ...TASK, [key]: 'other' })).toBe(0)
    expect(await ask(place.open(), 'other')).toBe(1)
  })

  test('are given anew after the lease of a silent holder, who is told once and then gets another', async (context) => {
    const place = await placeOf(name, context)
    const silent = place.open(SHORT_MS)
    expect(await ask(silent, 'silent')).toBe(0)
    await sleep(OVER_MS)
    expect(await ask(place.open(60_000), 'next')).toBe(0)
    await expect(ask(silent, 'silent')).rejects.toThrow(NoTaskNumberError)
    expect(await ask(silent, 'silent')).toBe(1)
  })

  test('that nobody took are lost all the same: once, so that whoever counts starts anew', async (context) => {
    const place = await placeOf(name, context)
    const numbers = place.open(SHORT_MS)
    expect(await ask(numbers, 'silent')).toBe(0)
    await sleep(OVER_MS)
    await expect(ask(numbers, 'silent')).rejects.toThrow(/no task number: the lease of number 0 has ended/)
    expect(await ask(numbers, 'silent')).toBe(0)
  })

  test('of many are all lost after their lease, and all given anew', async (context) => {
    const place = await placeOf(name, context)
    // Long enough for all to be given within one lease.
    const { all } = await spread(place, 8, 4 * SHORT_MS)
    await sleep(4 * SHORT_MS + 100)
    const lost = await Promise.allSettled(all.map(({ id, numbers }) => ask(numbers, id)))
    expect(lost.map(({ status }) => status)).toEqual(Array(8).fill('rejected'))
    const again = await Promise.all(all.map(({ id, numbers }) => ask(numbers, id)))
    expect(new Set(again).size).toBe(8)
  })

  test('stay with an instance that was started anew under its id', async (context) => {
    const place = await placeOf(name, context)
    await ask(place.open(), 'first')
    expect(await ask(place.open(), 'pod-7')).toBe(1)
    // Another allocator, as after a restart: it does not know that there was a number.
    expect(await ask(place.open(), 'pod-7')).toBe(1)
  })

  test('of an answer that nobody waited for stay with the instance', async (context) => {
    const place = await placeOf(name, context)
    const numbers = place.open()
    const gone = AbortSignal.abort(new Error('nobody waits'))
    await expect(numbers.notifyTaskIsAlive(TASK, 'hasty', gone)).rejects.toThrow('nobody waits')
    await sleep(50)
    const number = await ask(numbers, 'hasty')
    expect(number).toBe(0)
    expect(await ask(place.open(), 'next')).toBe(1)
  })

  test('may be asked for with any id', async (context) => {
    const place = await placeOf(name, context)
    const ids = ['', '0', "'; DROP TABLE x; --", '{}', '__proto__', '\u2603 é', 'x'.repeat(200)]
    const given = await Promise.all(ids.map((id) => ask(place.open(), id)))
    expect(new Set(given).size).toBe(ids.length)
  })
})

describe('task numbers', () => {
  test('have a lease of 100 ms at least', () => {
    expect(() => memoryTaskNumbers({ leaseMs: 99 })).toThrow(RangeError)
  })

  test('of 501 instances of one task are 501, and all lost after half an hour and a second', async () => {
    let ms = 0
    const numbers = memoryTaskNumbers({ clock: { boottime: () => ms } })
    const ids = Array.from({ length: 501 }, (_, i) => `i${i}`)
    const given = await Promise.all(ids.map((id) => ask(numbers, id)))
    expect(given.toSorted((a, b) => a - b)).toEqual(ids.map((_, i) => i))
    ms += 1_801_000
    for (const id of ids) await expect(ask(numbers, id)).rejects.toThrow(NoTaskNumberError)
  })

  test.each([
    [[1], [0, 2, 3, 4, 5]],
    [
      [1, 3, 5],
      [0, 2, 4, 6, 7],
    ],
    [[4], [0, 1, 2, 3, 5]],
    [
      [-1, 1],
      [0, 2, 3, 4, 5],
    ],
  ])('are found in the gaps of %j', (used, gaps) => {
    const taken = [...used]
    const found = gaps.map(() => {
      const number = smallestFree(taken)
      taken.push(number)
      return number
    })
    expect(found).toEqual(gaps)
  })
})
