import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { RecorderQueue } from '../../src/recorders/index.ts'
import { lineOf, parseLine } from '../../src/recorders/queue/line.ts'
import { newFolder } from '../support/folder.ts'
import { keptLog } from '../support/log.ts'
import { need } from '../support/need.ts'
import { tinyDisk } from '../support/tinydisk.ts'
import { until } from '../support/until.ts'
import { away, openQueue, QUICK, shipmentOf, shipments, TestRecorder } from './support.ts'

const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i)

/** A queue whose recorder is away, with a spool. */
async function awayQueue(spool: string, options = {}) {
  const recorder = new TestRecorder()
  recorder.act = away
  const opened = await openQueue(recorder, { spool, ...options })
  return { recorder, ...opened }
}

const segments = (spool: string) =>
  readdirSync(join(spool, 'main'))
    .filter((name) => name.endsWith('.ndjson'))
    .sort()

describe('a line of a spool', () => {
  it('gives back every number, digit for digit, and what JSON cannot say', () => {
    const shipment = shipmentOf(
      {
        big: 18_446_744_073_709_551_615n,
        small: -9_223_372_036_854_775_808n,
        half: 0.5,
        list: [0.1, 666],
        exact: [2n ** 63n, 1] as never,
        none: null,
        on: true,
        text: '\u2028"\n$',
      },
      {
        families: [
          {
            name: 'f',
            type: 'gauge',
            help: '',
            points: [
              { value: Number.NaN },
              { value: Number.NEGATIVE_INFINITY, labels: { a: 'b' } },
              { value: 9_007_199_254_740_993n, suffix: '_sum' },
            ],
          },
        ],
      },
    )
    expect(parseLine(lineOf({ shipment, count: 1 }))).toEqual({ shipment, count: 1 })
  })

  it.each([
    '',
    '{',
    '{}',
    'null',
    '7',
    '{"n":1}',
    '{"n":1,"source":"a","typeName":"a","at":1,"documents":[null],"families":[]}',
  ])('%j is none', (line) => {
    expect(parseLine(line)).toBeUndefined()
  })
})

describe('a spool', () => {
  it('takes what waits while the recorder is away, and gives it back in order', async () => {
    const spool = newFolder()
    const { queue, recorder, offer } = await awayQueue(spool, { batchCount: 30 })
    for (let i = 0; i < 10; i++) {
      offer(...shipments(20, i * 20))
      await until(() => queue.status().failures > i)
    }
    await until(() => queue.status().spooled > 0)
    recorder.act = async () => undefined
    offer(...shipments(20, 200))
    await until(() => recorder.numbers.length === 220)
    expect(recorder.numbers).toEqual(range(220))
    await until(() => queue.status().spooled === 0)
    await until(() => segments(spool).length === 0)
    expect(queue.status()).toMatchObject({
      shipped: 220,
      dropped: 0,
      queued: 0,
      spooled: 0,
      spooled_bytes: 0,
    })
  })

  it('is found again after a restart, and goes first', async () => {
    const spool = newFolder()
    const before = await awayQueue(spool)
    before.offer(...shipments(50))
    await before.queue.stop(100)
    expect(before.queue.status()).toMatchObject({ queued: 0, spooled: 50, dropped: 0 })
    expect(before.log.said.at(-1)!.message).toBe('documents wait on disk for the next start')

    const recorder = new TestRecorder()
    const after = await openQueue(recorder, { spool })
    after.offer(...shipments(10, 50))
    await until(() => recorder.numbers.length === 60)
    expect(recorder.numbers).toEqual(range(60))
    await after.queue.stop(1000)
    expect(segments(spool)).toEqual([])
  })

  it('delivers nothing twice that it noted down, also after many restarts', async () => {
    const spool = newFolder()
    const first = await awayQueue(spool)
    first.offer(...shipments(100))
    await first.queue.stop(100)
    const got: number[] = []
    for (let i = 0; i < 5; i++) {
      const recorder = new TestRecorder()
      let batches = 0
      // Takes two batches of ten, then is away.
      recorder.act = async () => (++batches > 2 ? away() : undefined)
      const { queue } = await openQueue(recorder, { spool, batchCount: 10 })
      await until(() => queue.status().failures > 0 || queue.status().spooled === 0)
      await queue.stop(100)
      got.push(...recorder.numbers)
    }
    expect(got).toEqual(range(100))
  })

  it('never takes an old note for a new segment', async () => {
    const spool = newFolder()
    for (let round = 0; round < 4; round++) {
      const { queue, offer } = await awayQueue(spool)
      offer(...shipments(20, round * 20))
      await queue.stop(100)
      const recorder = new TestRecorder()
      let batches = 0
      recorder.act = async () => (++batches > 1 && round < 3 && batches < 3 ? undefined : undefined)
      const drained = await openQueue(recorder, { spool, batchCount: 7 })
      await until(() => recorder.numbers.length === 20)
      await drained.queue.stop(1000)
      expect(recorder.numbers).toEqual(range(20, round * 20))
    }
  })

  it('passes over a cut line and says so', async () => {
    const spool = newFolder()
    const before = await awayQueue(spool)
    before.offer(...shipments(20))
    await before.queue.stop(100)
    const [name] = segments(spool)
    const path = join(spool, 'main', name!)
    truncateSync(path, statSync(path).size - 7)
    appendFileSync(join(spool, 'main', '0000000099.ndjson'), '\0\0\0\n{"n":1,"sou')

    const recorder = new TestRecorder()
    const { queue, log } = await openQueue(recorder, { spool })
    await until(() => queue.status().spooled === 0 && recorder.numbers.length === 19)
    expect(recorder.numbers).toEqual(range(19))
    await until(() => segments(spool).length === 0)
    expect(
      log.said
        .filter(({ message }) => message === 'spool lines left out: they were cut')
        .map(({ fields }) => fields),
    ).toEqual([
      { path, lines: 1 },
      { path: join(spool, 'main', '0000000099.ndjson'), lines: 2 },
    ])
  })

  it('leaves files alone that are not its own', async () => {
    const spool = newFolder()
    const { queue } = await openQueue(new TestRecorder(), { spool })
    writeFileSync(join(spool, 'main', 'notes.txt'), 'mine')
    await queue.stop(100)
    await openQueue(new TestRecorder(), { spool })
    expect(readFileSync(join(spool, 'main', 'notes.txt'), 'utf8')).toBe('mine')
  })

  it('that is full loses the oldest, and says how many', async () => {
    const spool = newFolder()
    const spoolBytes = 64 * 1024
    const { queue, recorder, log, offer } = await awayQueue(spool, { spoolBytes, queueCount: 100 })
    for (let i = 0; i < 40; i++) {
      offer(...range(10, i * 10).map((n) => shipmentOf({ n, text: 'x'.repeat(500) })))
      const { failures } = queue.status()
      await until(() => queue.status().failures > failures)
    }
    await until(() => queue.status().spooled_bytes > spoolBytes / 2)
    expect(queue.status().spooled_bytes).toBeLessThanOrEqual(spoolBytes)
    const { dropped } = queue.status()
    expect(dropped).toBeGreaterThan(200)
    expect(log.said.some(({ message }) => message === 'documents for main are lost: its spool is full')).toBe(
      true,
    )
    recorder.act = async () => undefined
    await until(() => queue.status().shipped + queue.status().dropped === 400)
    const { numbers } = recorder
    expect(numbers).toEqual(range(numbers.length, 400 - numbers.length))
  })

  it('on a full disk is survived: what waits stays in memory, and goes when the disk or the recorder is back', async (context) => {
    const disk = tinyDisk(160)
    need(context, disk !== undefined, 'the right to mount a tmpfs')
    if (disk === undefined) return
    const { queue, recorder, log, offer } = await awayQueue(disk, { queueCount: 10_000 })
    const some = (from: number) => range(50, from).map((n) => shipmentOf({ n, text: 'x'.repeat(500) }))
    offer(...some(0))
    await until(() => queue.status().spooled === 50)
    const ballast = join(disk, 'ballast')
    try {
      appendFileSync(ballast, Buffer.alloc(160 * 1024))
    } catch {
      // The disk is full now.
    }
    offer(...some(50))
    await until(() => queue.status().last_error !== null && log.said.some(({ level }) => level === 'error'))
    offer(...some(100))
    await until(() => log.said.some(({ message }) => message === 'cannot spool: documents wait in memory'))
    expect(queue.status()).toMatchObject({ queued: 100, dropped: 0 })
    truncateSync(ballast, 0)
    await until(() => queue.status().queued < 100)
    recorder.act = async () => undefined
    await until(() => queue.status().shipped === 150)
    expect(recorder.numbers).toEqual(range(150))
    expect(queue.status()).toMatchObject({ dropped: 0, queued: 0, spooled: 0, last_error: null })
    expect(log.said.filter(({ message }) => message.startsWith('cannot spool'))).toHaveLength(1)
  })

  it('that cannot be opened is told at the start', async () => {
    const recorder = new TestRecorder()
    await expect(
      RecorderQueue.open(recorder, { ...QUICK, spool: '/proc/nowhere' }, keptLog()),
    ).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('cannot open spool /proc/nowhere/main'),
    })
  })

  it('is of one process: who opens it again is refused, until it is given back', async () => {
    const spool = newFolder()
    const { queue } = await openQueue(new TestRecorder(), { spool })
    await expect(
      RecorderQueue.open(new TestRecorder(), { ...QUICK, spool }, keptLog()),
    ).rejects.toMatchObject({
      code: 'conflict',
      message: `cannot use spool ${join(spool, 'main')}: another treering is using it`,
    })
    await queue.stop(0)
    await openQueue(new TestRecorder(), { spool })
  })

  it('is of one recorder: two share a folder and not what waits', async () => {
    const spool = newFolder()
    const a = new TestRecorder('a')
    const b = new TestRecorder('b')
    a.act = away
    b.act = away
    const queues = [await openQueue(a, { spool }), await openQueue(b, { spool })]
    queues[0]!.offer(...shipments(3))
    queues[1]!.offer(...shipments(3, 10))
    for (const { queue } of queues) await queue.stop(100)
    expect(existsSync(join(spool, 'a')) && existsSync(join(spool, 'b'))).toBe(true)
    const again = new TestRecorder('b')
    const { queue } = await openQueue(again, { spool })
    onTestFinished(() => queue.stop(0))
    await until(() => again.numbers.length === 3)
    expect(again.numbers).toEqual([10, 11, 12])
  })
})
