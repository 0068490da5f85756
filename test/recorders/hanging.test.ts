import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DocumentWriter } from '../../src/recorders/document.ts'
import { newFolder } from '../support/folder.ts'
import { until } from '../support/until.ts'
import { away, openQueue, shipmentOf, shipments, stuck, TestRecorder } from './support.ts'

it('what a store that hangs was given is on disk after a second or two, long before its time limit', async () => {
  const recorder = new TestRecorder()
  recorder.act = stuck
  const spool = newFolder()
  const { queue, offer } = await openQueue(recorder, { batchMs: 5, timeoutMs: 60_000, spool })
  offer(...shipments(5))
  await until(() => queue.status().spooled === 5)
  offer(...shipments(2, 5))
  await until(() => queue.status().spooled === 7)
  expect(readFileSync(join(spool, 'main/0000000001.ndjson'), 'utf8')).toContain('"n":0')
})

it('a spool whose folder was taken away is made again', async () => {
  const recorder = new TestRecorder()
  recorder.act = away
  const spool = newFolder()
  const { queue, offer } = await openQueue(recorder, { batchMs: 5, retryFirstMs: 20, retryMostMs: 20, spool })
  rmSync(join(spool, 'main'), { recursive: true })
  offer(...shipments(3))
  await until(() => queue.status().spooled === 3)
  expect(existsSync(join(spool, 'main'))).toBe(true)
  recorder.act = async () => undefined
  await until(() => queue.status().shipped === 3)
})

it('a recorder that takes nothing of what it is given says why', async () => {
  const recorder = new TestRecorder()
  recorder.act = async (batch) => ({
    shipped: 0,
    refused: new Map([['it is of another kind', batch.length]]),
  })
  const { queue, offer } = await openQueue(recorder, { batchMs: 5 })
  offer(...shipments(2))
  await until(() => queue.status().refused === 2)
  expect(queue.status()).toMatchObject({ last_error: 'it is of another kind', last_shipped: null })
  recorder.act = async () => undefined
  offer(...shipments(1))
  await until(() => queue.status().shipped === 1)
  expect(queue.status().last_error).toBeNull()
})

it('fields that have names of Elasticsearch’s own are shipped under others', () => {
  const writer = new DocumentWriter()
  const shipment = shipmentOf({ _id: 'abc', _source: 1, id: 2 })
  expect(writer.write(writer.begin(shipment), shipment.documents[0]!)).toContain(
    '"_id_":"abc","_source_":1,"id":2',
  )
})
