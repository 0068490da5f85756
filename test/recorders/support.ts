import { onTestFinished } from 'vitest'
import type { Fields } from '../../src/period/index.ts'
import type { Family } from '../../src/prometheus/index.ts'
import {
  type Delivery,
  type QueueOptions,
  type Recorder,
  RecorderQueue,
  type Shipment,
} from '../../src/recorders/index.ts'
import { MetricsError } from '../../src/utils/index.ts'
import { keptLog } from '../support/log.ts'

/** 2026-11-22T03:00:00.500Z */
export const AT = 1_795_316_400_500

let made = 0

/** A shipment of one document, and of one point that says the same. */
export function shipmentOf(fields: Fields, more: Partial<Shipment> = {}): Shipment {
  const families: Family[] = Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'number' || typeof value === 'bigint'
      ? [{ name: name.replaceAll('.', '_'), type: 'gauge', help: name, points: [{ value }] }]
      : [],
  )
  const id = `test${String(made++).padStart(8, '0')}`
  return { id, source: 'FirstApp', typeName: 'my_app1', at: AT, documents: [fields], families, ...more }
}

/** So many shipments, whose field `n` counts from `from`, a millisecond apart. */
export function shipments(count: number, from = 0): Shipment[] {
  return Array.from({ length: count }, (_, i) => shipmentOf({ n: from + i }, { at: AT + from + i }))
}

/** The field `n` of each document. */
export function numbersOf(batch: readonly Shipment[]): number[] {
  return batch.flatMap(({ documents }) => documents.map(({ n }) => n as number))
}

/** A store in memory that a test can take away. */
export class TestRecorder implements Recorder {
  readonly name: string
  readonly destination: string
  readonly takes = 'documents'
  readonly batches: number[][] = []
  closed = 0
  /** What happens to a batch; default: it is taken. */
  act: (batch: readonly Shipment[], signal: AbortSignal) => Promise<Delivery | undefined> = async () =>
    undefined

  constructor(name = 'main', destination = `test ${name}`) {
    this.name = name
    this.destination = destination
  }

  get numbers(): number[] {
    return this.batches.flat()
  }

  async record(batch: readonly Shipment[], signal: AbortSignal): Promise<Delivery> {
    const delivery = await this.act(batch, signal)
    this.batches.push(numbersOf(batch))
    return delivery ?? { shipped: batch.length, refused: new Map() }
  }

  async close(): Promise<void> {
    this.closed++
  }
}

/** Throws what a store that is away makes a recorder throw. */
export async function away(): Promise<never> {
  throw new MetricsError('unavailable', 'connection refused')
}

/** Never answers, and does not listen. */
export function stuck(): Promise<never> {
  return new Promise(() => {})
}

/** Options that make everything happen soon. */
export const QUICK: Partial<QueueOptions> = { batchMs: 5, timeoutMs: 1000, retryFirstMs: 5, retryMostMs: 20 }

/** A queue to this recorder, stopped when the test ends. */
export async function openQueue(recorder: Recorder, options: Partial<QueueOptions> = {}) {
  const log = keptLog()
  const queue = await RecorderQueue.open(recorder, { ...QUICK, ...options }, log)
  onTestFinished(() => queue.stop(0))
  const offer = (...batch: Shipment[]) => {
    for (const shipment of batch) queue.offer(shipment)
  }
  return { queue, log, offer }
}
