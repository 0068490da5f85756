import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createCounters } from '../../src/counters/index.ts'
import { folder } from './support.ts'

const wrong: unknown[] = ['5', 5, Number.NaN, true, undefined, null, {}]

test('a counter refuses a value that is no bigint, and stays as it is', () => {
  using writer = createCounters(join(folder(), 'a.dat'), { capacity: 1 })
  const counter = writer.addCounter('c', 40n)
  for (const value of wrong as bigint[]) {
    const uses = [
      () => counter.add(value),
      () => counter.set(value),
      () => counter.getAndSet(value),
      () => counter.compareAndSet(40n, value),
      () => counter.compareAndSet(value, 40n),
      () => counter.setWeak(value),
    ]
    for (const use of uses)
      expect(use).toThrow(
        new TypeError(`cannot change counter "c": its value is no bigint, such as 5n, but ${typeof value}`),
      )
  }
  expect(counter.get()).toBe(40n)
})

test('a counter takes what is beyond an int64 modulo 2^64', () => {
  using writer = createCounters(join(folder(), 'a.dat'), { capacity: 1 })
  const counter = writer.addCounter('c')
  counter.add(2n ** 63n)
  expect(counter.get()).toBe(-(2n ** 63n))
  counter.set(2n ** 64n + 7n)
  expect(counter.get()).toBe(7n)
})
