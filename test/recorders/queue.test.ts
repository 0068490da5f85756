import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { MetricsError } from '../../src/utils/index.ts'
import { newFolder } from '../support/folder.ts'
import { until } from '../support/until.ts'
import { away, openQueue, shipmentOf, shipments, stuck, TestRecorder } from './support.ts'

const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i)

describe('a batch', () => {
  it('goes when its time has come', async () => {
    const recorder = new TestRecorder()
    const { offer } = await openQueue(recorder, { batchMs: 50 })
    const began = performance.now()
    offer(...shipments(3))
    await until(() => recorder.batches.length > 0)
    expect(performance.now() - began).toBeGreaterThan(45)
    expect(recorder.batches).toEqual([[0, 1, 2]])
  })

  it('goes when it is full by count, without waiting', async () => {
    const recorder = new TestRecorder()
    const { offer } = await openQueue(recorder, { batchMs: 60_000, batchCount: 10 })
    offer(...shipments(25))
    await until(() => recorder.numbers.length === 20)
    expect(recorder.batches).toEqual([range(10), range(10, 10)])
  })

  it('goes when it is full by bytes, without waiting', async () => {
    const recorder = new TestRecorder()
    const { offer } = await openQueue(recorder, { batchMs: 60_000, batchBytes: 10_000 })
    offer(...range(30).map((n) => shipmentOf({ n, text: 'x'.repeat(1000) })))
    await until(() => recorder.numbers.length >= 20)
    for (const batch of recorder.batches) expect(batch.length).toBeLessThanOrEqual(10)
  })

  it('counts documents, not shipments', async () => {
    const recorder = new TestRecorder()
    const { offer } = await openQueue(recorder, { batchMs: 60_000, batchCount: 10 })
    const four = (n: number) => shipmentOf({}, { documents: range(4, n).map((i) => ({ n: i })) })
    offer(four(0), four(4), four(8))
    await until(() => recorder.batches.length > 0)
    expect(recorder.batches[0]).toEqual(range(8))
  })

  it('is never empty: a shipment without documents is none', async () => {
    const recorder = new TestRecorder()
    const { queue, offer } = await openQueue(recorder)
    offer(shipmentOf({}, { documents: [] }))
    await queue.stop(1000)
    expect(recorder.batches).toEqual([])
  })
})

describe('a recorder that is away', () => {
  it('gets everything in order when it is back', async () => {
    const recorder = new TestRecorder()
    recorder.act = away
    const { queue, log, offer } = await openQueue(recorder, { batchCount: 7 })
    for (let i = 0; i < 10; i++) {
      offer(...shipments(10, i * 10))
      await sleep(3)
    }
    await until(() => queue.status().failures > 3)
    expect(queue.status()).toMatchObject({
      shipped: 0,
      queued: 100,
      dropped: 0,
      last_error: 'connection refused',
    })
    recorder.act = async () => undefined
    await until(() => recorder.numbers.length === 100)
    expect(recorder.numbers).toEqual(range(100))
    await until(() => queue.status().shipped === 100)
    expect(queue.status()).toMatchObject({ queued: 0, queued_bytes: 0, failures: 0, last_error: null })
    expect(queue.status().retried).toBeGreaterThanOrEqual(4 * 7)
    const said = log.said.filter(({ level }) => level !== 'debug').map(({ message }) => message)
    expect(said, 'once at its beginning and once at its end').toEqual([
      'cannot ship to main: trying again',
      'main answers again',
    ])
  })

  it('is gone too long after more failures than its backoff, and comes back by itself', async () => {
    const recorder = new TestRecorder()
    recorder.act = away
    const { queue, log, offer } = await openQueue(recorder, { backoff: 3 })
    offer(...shipments(1))
    await until(() => queue.status().failures === 3)
    await until(() => queue.status().gone)
    expect(queue.status().failures).toBeGreaterThan(3)
    await until(() => queue.status().failures > 6)
    expect(log.said.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'main is gone too long: still trying',
    ])
    recorder.act = async () => undefined
    await until(() => queue.status().shipped === 1)
    expect(queue.status().gone).toBe(false)
  })

  it('loses the oldest when memory is full, and says how many once', async () => {
    const recorder = new TestRecorder()
    recorder.act = away
    const { queue, log, offer } = await openQueue(recorder, { queueCount: 50, batchCount: 10 })
    offer(...shipments(30))
    await until(() => queue.status().failures > 1)
    offer(...shipments(170, 30))
    expect(queue.status().queued).toBe(50)
    recorder.act = async () => undefined
    await until(() => queue.status().queued === 0)
    expect(recorder.numbers.slice(-40)).toEqual(range(40, 160))
    const { shipped, dropped } = queue.status()
    expect(shipped + dropped).toBe(200)
    await until(() => log.said.some(({ message }) => message.includes('lost')))
    await sleep(20)
    const lost = log.said.filter(
      ({ message }) => message === 'documents for main are lost: its queue is full',
    )
    expect(lost).toHaveLength(1)
    expect(lost[0]!.fields).toEqual({ recorder: 'main', documents: dropped })
  })

  it('is bounded by bytes, too', async () => {
    const recorder = new TestRecorder()
    recorder.act = away
    const { queue, offer } = await openQueue(recorder, { queueBytes: 50_000 })
    offer(...range(200).map((n) => shipmentOf({ n, text: 'x'.repeat(1000) })))
    expect(queue.status().queued_bytes).toBeLessThanOrEqual(50_000)
    expect(queue.status().dropped).toBeGreaterThan(150)
  })
})

describe('a recorder that never answers', () => {
  it('is given up after its time limit, and tried again', async () => {
    const recorder = new TestRecorder()
    recorder.act = stuck
    const { queue, offer } = await openQueue(recorder, { timeoutMs: 30 })
    offer(...shipments(5))
    await until(() => queue.status().failures >= 2)
    expect(queue.status().last_error).toBe('no answer within 30 ms')
    recorder.act = async () => undefined
    await until(() => queue.status().shipped === 5)
    expect(recorder.numbers).toEqual(range(5))
  })

  it('delays neither those who offer nor the end', async () => {
    const recorder = new TestRecorder()
    recorder.act = stuck
    const { queue, offer } = await openQueue(recorder, { timeoutMs: 60_000 })
    offer(...shipments(5))
    await sleep(30)
    const began = performance.now()
    offer(...shipments(1000, 5))
    expect(performance.now() - began).toBeLessThan(1000)
    await queue.stop(50)
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(queue.status().dropped).toBe(1005)
  })
})

describe('a batch that is refused', () => {
  it('is not tried again, and what follows goes on', async () => {
    const recorder = new TestRecorder()
    recorder.act = async (batch) => {
      if (batch[0]!.documents[0]!.n === 0) throw new MetricsError('invalid', 'no such index')
      return undefined
    }
    const { queue, log, offer } = await openQueue(recorder, { batchCount: 2 })
    offer(...shipments(6))
    await until(() => recorder.numbers.length === 4)
    expect(recorder.numbers).toEqual(range(4, 2))
    await until(() => queue.status().shipped === 4)
    expect(queue.status()).toMatchObject({ refused: 2, retried: 0, dropped: 0 })
    await until(() => log.said.length > 0)
    expect(log.said[0]).toMatchObject({
      level: 'warn',
      message: 'main refuses documents: no such index',
      fields: { documents: 2 },
    })
  })

  it('in parts is counted by reason, and said once a minute', async () => {
    const recorder = new TestRecorder()
    recorder.act = async (batch) => ({
      shipped: batch.length - 1,
      refused: new Map([['of FirstApp: no number', 1]]),
    })
    const { queue, log, offer } = await openQueue(recorder, { batchCount: 10 })
    offer(...shipments(100))
    await until(() => queue.status().shipped === 90)
    expect(queue.status()).toMatchObject({ shipped: 90, refused: 10 })
    await until(() => log.said.length > 0)
    await sleep(20)
    expect(log.said.length).toBe(1)
  })

  it('as too large comes in halves, down to the shipment that is too large alone', async () => {
    const recorder = new TestRecorder()
    recorder.act = async (batch) => {
      if (batch.length > 4 || batch.some(({ documents }) => documents[0]!.n === 7))
        throw new MetricsError('full', '413')
      return undefined
    }
    const { queue, offer } = await openQueue(recorder)
    offer(...shipments(32))
    await until(() => queue.status().shipped === 31)
    expect(recorder.numbers).toEqual(range(32).filter((n) => n !== 7))
    expect(queue.status()).toMatchObject({ shipped: 31, refused: 1 })
  })
})

describe('the end', () => {
  it('delivers what waits', async () => {
    const recorder = new TestRecorder()
    const { queue, offer } = await openQueue(recorder, { batchMs: 60_000, batchCount: 10 })
    offer(...shipments(5))
    await queue.stop(1000)
    expect(recorder.numbers).toEqual(range(5))
    expect(recorder.closed).toBe(1)
  })

  it('comes in time although the recorder is away, and says what was lost', async () => {
    const recorder = new TestRecorder()
    recorder.act = away
    const { queue, log, offer } = await openQueue(recorder, { retryFirstMs: 60_000, retryMostMs: 60_000 })
    offer(...shipments(5))
    await until(() => queue.status().failures === 1)
    await queue.stop(1200)
    expect(queue.status().failures).toBeGreaterThan(2)
    expect(log.said.at(-1)).toMatchObject({
      message: 'documents for main are lost: the program stopped',
      fields: { documents: 5 },
    })
  })

  it('delivers to a recorder that comes back before it', async () => {
    const recorder = new TestRecorder()
    recorder.act = away
    const { queue, offer } = await openQueue(recorder, { retryFirstMs: 60_000, retryMostMs: 60_000 })
    offer(...shipments(5))
    await until(() => queue.status().failures === 1)
    const stopped = queue.stop(25_000)
    await until(() => queue.status().failures > 2)
    recorder.act = async () => undefined
    await stopped
    expect(recorder.numbers).toEqual(range(5))
  })

  it('comes at once although the recorder is away where what waits is on disk', async () => {
    const recorder = new TestRecorder()
    recorder.act = away
    const { queue, offer } = await openQueue(recorder, { spool: newFolder() })
    offer(...shipments(5))
    await until(() => queue.status().failures > 0)
    const began = performance.now()
    await queue.stop(25_000)
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(queue.status().dropped).toBe(0)
  })
})

describe('a recorder whose settings were changed', () => {
  it('gets what waits at once, and the one before it is closed', async () => {
    const before = new TestRecorder()
    before.act = away
    const { queue, offer, log } = await openQueue(before, { retryFirstMs: 60_000, retryMostMs: 60_000 })
    offer(...shipments(5))
    await until(() => queue.status().failures === 1)
    const after = new TestRecorder('main', 'test elsewhere')
    ;(await queue.change(after, { batchMs: 5 }, log)).commit()
    await until(() => queue.status().shipped === 5)
    expect(after.numbers).toEqual(range(5))
    expect(before.closed).toBe(1)
    expect(queue.status().destination).toBe('test elsewhere')
  })
})
