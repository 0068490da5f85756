import { existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createCounters, joinCounters, MAX_LABEL_BYTES, openCounters } from '../../src/counters/index.ts'
import { decode, encode, folder } from './support.ts'

const MAX = 2n ** 63n - 1n

describe('a counter', () => {
  test('adds, sets, swaps and compares int64 values, and wraps like one', () => {
    using writer = createCounters(join(folder(), 'a.dat'), { capacity: 3 })
    const counter = writer.addCounter('c', 40n)
    counter.increment()
    counter.add(-2n)
    expect(counter.get()).toBe(39n)
    expect(counter.getAndSet(MAX)).toBe(39n)
    counter.increment()
    expect(counter.get()).toBe(-MAX - 1n)
    expect(counter.compareAndSet(5n, 6n)).toBe(false)
    expect(counter.compareAndSet(-MAX - 1n, 6n)).toBe(true)
    expect(counter.get()).toBe(6n)
    counter.set(MAX)
    counter.incrementWeak()
    expect(counter.getWeak()).toBe(-MAX - 1n)
    counter.setWeak(1n)
    expect([counter.get(), counter.id, counter.label]).toEqual([1n, 1n, 'c'])
  })

  test('throws at any use after it is closed, and leaves the slot to the next counter', () => {
    using writer = createCounters(join(folder(), 'a.dat'), { capacity: 1 })
    const closed = writer.addCounter('closed')
    closed.close()
    const next = writer.addCounter('next', 7n)
    for (const use of usesOf(closed)) expect(use).toThrow(TypeError)
    closed.close()
    expect([closed.isOpen, next.isOpen, next.get()]).toEqual([false, true, 7n])
  })

  test('throws at any use after its writer is closed', () => {
    const writer = createCounters(join(folder(), 'a.dat'), { capacity: 1 })
    const counter = writer.addCounter('left', 7n)
    writer.close()
    writer.close()
    for (const use of usesOf(counter)) expect(use).toThrow('cannot use counter "left": it is closed')
    expect(() => writer.addCounter('more')).toThrow(TypeError)
    expect(() => writer.findCounter('left')).toThrow(TypeError)
    counter.close()
    expect(decode(writer.path).counters).toMatchObject([{ label: 'left', value: 7n }])
  })

  test('throws at every atomic use when another process has closed it, although its slot holds another counter', () => {
    const path = join(folder(), 'a.dat')
    using owner = createCounters(path, { capacity: 1 })
    using other = joinCounters(path)
    const counter = owner.addCounter('mine')
    other.findCounter('mine')!.close()
    const theirs = other.addCounter('theirs', 5n)
    for (const use of atomicUsesOf(counter)) expect(use).toThrow(TypeError)
    counter.close()
    expect(theirs.get()).toBe(5n)
  })

  test('is not mistaken for one of another writer whose id has the same low bits', () => {
    const path = join(folder(), 'a.dat')
    using owner = createCounters(path, { capacity: 2 })
    using other = joinCounters(path)
    const mine = owner.addCounter('mine')
    other.addCounter('an id before')
    other.findCounter('mine')!.close()
    const theirs = other.addCounter('theirs', 5n)
    expect(BigInt.asUintN(24, theirs.id)).toBe(mine.id)
    for (const use of atomicUsesOf(mine)) expect(use).toThrow(TypeError)
    expect([mine.isOpen, theirs.get()]).toEqual([false, 5n])
  })

  test('is harmless when another writer closed it, its own adds one in its slot and closes', () => {
    const path = join(folder(), 'a.dat')
    const writer = createCounters(path, { capacity: 1 })
    using other = joinCounters(path)
    const counter = writer.addCounter('c')
    other.findCounter('c')!.close()
    writer.addCounter('d')
    writer.close()
    mustBeClosed(counter)
  })

  test('is harmless when it was found, its owner closed it and added it again, and it was found again', () => {
    const path = join(folder(), 'a.dat')
    using owner = createCounters(path, { capacity: 1 })
    const writer = joinCounters(path)
    const added = owner.addCounter('c')
    const counter = writer.findCounter('c')!
    added.close()
    owner.addCounter('c', 7n)
    expect(writer.findCounter('c')!.get()).toBe(7n)
    writer.close()
    mustBeClosed(counter)
  })

  test('is closed at the end of its block with using', () => {
    using writer = createCounters(join(folder(), 'a.dat'), { capacity: 1 })
    {
      using counter = writer.addCounter('block')
      counter.increment()
    }
    expect(decode(writer.path).counters).toEqual([])
  })
})

describe('a writer', () => {
  test('has room for no counter when its capacity is 0', () => {
    using writer = createCounters(join(folder(), 'a.dat'), { capacity: 0 })
    expect(() => writer.addCounter('c')).toThrow(expect.objectContaining({ code: 'full' }))
    using reader = openCounters(writer.path)
    expect([reader.capacity, reader.counters()]).toEqual([0, []])
  })

  test('says when it is full, and has room again when a counter closes', () => {
    using writer = createCounters(join(folder(), 'a.dat'), { capacity: 10_000 })
    const counters = Array.from({ length: 10_000 }, (_, i) => writer.addCounter(`c${i}`, BigInt(i)))
    expect(() => writer.addCounter('more')).toThrow(expect.objectContaining({ code: 'full' }))
    counters[5000]!.close()
    expect(writer.addCounter('again').id).toBe(10_001n)
    expect(decode(writer.path).counters[5000]).toMatchObject({ label: 'again', value: 0n })
    using reader = openCounters(writer.path)
    expect(reader.counters()).toHaveLength(10_000)
    expect(reader.get(10_000n)).toEqual({ id: 10_000n, label: 'c9999', value: 9999n })
  })

  test('loses no slot to a counter that cannot be added', () => {
    using writer = createCounters(join(folder(), 'a.dat'), { capacity: 1 })
    expect(() => writer.addCounter('c', 1 as unknown as bigint)).toThrow(/its value is no bigint but number/)
    expect(() => writer.addCounter(undefined as unknown as string)).toThrow(/its label is no text/)
    expect(writer.addCounter('c', 2n).id).toBe(1n)
  })

  test.each([-1, 10_001, 1.5, Number.NaN])('refuses a capacity of %d', (capacity) => {
    expect(() => createCounters(join(folder(), 'a.dat'), { capacity })).toThrow(RangeError)
  })

  test('cuts a label at a character, never within one', () => {
    using writer = createCounters(join(folder(), 'a.dat'), { capacity: 2 })
    writer.addCounter('🙂'.repeat(96))
    writer.addCounter(`a${'я'.repeat(190)}`)
    expect(decode(writer.path).counters.map(({ label }) => label)).toEqual([
      '🙂'.repeat(95),
      `a${'я'.repeat(189)}`,
    ])
    expect(Buffer.byteLength('🙂'.repeat(95))).toBe(MAX_LABEL_BYTES)
  })

  test('calls a counter by the label that it cut, and finds it by the whole one', () => {
    using writer = createCounters(join(folder(), 'a.dat'), { capacity: 4 })
    using other = joinCounters(writer.path)
    const long = `a${'я'.repeat(190)}`
    const counter = writer.addCounter(long)
    expect(counter.label).toBe(`a${'я'.repeat(189)}`)
    expect(writer.findCounter(long)).toBe(counter)
    expect(other.findCounter(long)!.label).toBe(counter.label)
    expect(other.findCounter(counter.label)!.id).toBe(counter.id)
    expect(writer.addCounter('half \ud83d')).toBe(writer.findCounter('half \ud83d'))
  })

  test('finds a counter whose label Go or Java cut within a character', () => {
    const path = join(folder(), 'a.dat')
    const label = `a${'я'.repeat(190)}`
    const bytes = encode({ capacity: 1, slots: [{ id: 1n }] })
    bytes.writeInt32LE(380, 256 + 128)
    Buffer.from(label).copy(bytes, 256 + 132, 0, 380)
    writeFileSync(path, bytes)
    using writer = joinCounters(path)
    expect(writer.findCounter(label)!.id).toBe(1n)
    expect(writer.findCounter(label.slice(0, -1))).toBeUndefined()
  })

  test('finds a counter that is there, the same object while it is open', () => {
    const path = join(folder(), 'a.dat')
    using writer = createCounters(path, { capacity: 3 })
    const counter = writer.addCounter('c', 3n)
    using other = joinCounters(path)
    const found = other.findCounter('c')!
    found.add(4n)
    expect([counter.get(), found.id]).toEqual([7n, counter.id])
    expect(other.findCounter('c')).toBe(found)
    expect(writer.findCounter('c')).toBe(counter)
    expect(other.findCounter('d')).toBeUndefined()
  })

  test('never gives an id twice, in however many writers', () => {
    const path = join(folder(), 'a.dat')
    using writer = createCounters(path, { capacity: 10 })
    const writers = [writer, joinCounters(path), joinCounters(path)]
    const ids = Array.from({ length: 30 }, (_, i) => {
      using counter = writers[i % 3]!.addCounter('c')
      return counter.id
    })
    for (const each of writers) each.close()
    expect(new Set(ids).size).toBe(30)
  })

  test('does not overwrite a file that is there', () => {
    const path = join(folder(), 'a.dat')
    writeFileSync(path, 'precious')
    const conflict = expect.objectContaining({ code: 'conflict' })
    expect(() => createCounters(path)).toThrow(conflict)
    expect(() => createCounters(path, { replaceStale: true })).toThrow(conflict)
    expect(statSync(path).size).toBe(8)
  })

  test('does not follow a link, and leaves nothing behind when it fails', () => {
    const dir = folder()
    symlinkSync(join(dir, 'elsewhere'), join(dir, 'link'))
    expect(() => createCounters(join(dir, 'link'))).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(() => createCounters(join(dir, 'none/a.dat'))).toThrow(
      expect.objectContaining({ code: 'unavailable' }),
    )
    expect(existsSync(join(dir, 'elsewhere'))).toBe(false)
  })

  test('does not join a file whose numbers are not aligned, or that is not there', () => {
    const dir = folder()
    writeFileSync(join(dir, 'odd'), encode({ staticsLength: 4, capacity: 1 }))
    expect(() => joinCounters(join(dir, 'odd'))).toThrow(expect.objectContaining({ code: 'invalid' }))
    expect(() => joinCounters(join(dir, 'none'))).toThrow(expect.objectContaining({ code: 'not_found' }))
  })
})

type Counter = ReturnType<ReturnType<typeof createCounters>['addCounter']>

function mustBeClosed(counter: Counter): void {
  for (const use of usesOf(counter)) expect(use).toThrow(TypeError)
  expect(counter.isOpen).toBe(false)
  counter.close()
}

function atomicUsesOf(counter: Counter): (() => unknown)[] {
  return [
    () => counter.increment(),
    () => counter.add(1n),
    () => counter.get(),
    () => counter.set(1n),
    () => counter.getAndSet(1n),
    () => counter.compareAndSet(0n, 1n),
  ]
}

function usesOf(counter: Counter): (() => unknown)[] {
  const weak = [() => counter.incrementWeak(), () => counter.getWeak(), () => counter.setWeak(1n)]
  return [...atomicUsesOf(counter), ...weak]
}
