/** What a recorder's queue is given, and what it tells of itself. */
import type { Log } from '../../utils/index.ts'

/** Bounds and times of a queue. Each has a default: `QUEUE_DEFAULTS`. */
export interface QueueOptions {
  /** A delivery that takes longer is given up and made again. */
  readonly timeoutMs: number
  /** More failures in a row than this: the recorder is gone too long, which is an error in the log and in `/health`. It goes on trying. */
  readonly backoff: number
  /** Documents or points that wait in memory. */
  readonly queueCount: number
  /** Bytes of those as JSON, about. */
  readonly queueBytes: number
  /** Documents or points delivered at once. */
  readonly batchCount: number
  /** Bytes of those as JSON, about. */
  readonly batchBytes: number
  /** How long the first of a batch waits for others. */
  readonly batchMs: number
  /** Folder that what waits is moved to while the recorder cannot take it; undefined: it waits in memory alone. */
  readonly spool: string | undefined
  /** Bytes of that folder. */
  readonly spoolBytes: number
  /** Wait before the second try; doubled for each further one, up to `retryMostMs`, half to all of it by chance. */
  readonly retryFirstMs: number
  readonly retryMostMs: number
}

const MEBIBYTE = 1024 * 1024

export const QUEUE_DEFAULTS: QueueOptions = {
  timeoutMs: 10_000,
  backoff: 10,
  queueCount: 20_000,
  queueBytes: 32 * MEBIBYTE,
  batchCount: 2000,
  batchBytes: 4 * MEBIBYTE,
  batchMs: 1000,
  spool: undefined,
  spoolBytes: 256 * MEBIBYTE,
  retryFirstMs: 500,
  retryMostMs: 30_000,
}

/** A spool's bounds, and whom it tells. */
export interface SpoolOptions {
  readonly folder: string
  readonly maxBytes: number
  readonly log: Log
  /** Told of documents or points that are lost. */
  onLost(count: number, why: string): void
}

/** How a recorder fares. Counts are documents, or points. */
export interface RecorderStatus {
  readonly name: string
  /** Such as `elasticsearch 127.0.0.1:9200/expvastic`. */
  readonly destination: string
  /** Taken by the store. */
  readonly shipped: number
  /** Delivered again after a failure, once for each further try. */
  readonly retried: number
  /** The store will never take them. */
  readonly refused: number
  /** Lost for want of room, or at the end. */
  readonly dropped: number
  /** Waiting in memory. */
  readonly queued: number
  readonly queued_bytes: number
  /** Waiting on disk. */
  readonly spooled: number
  readonly spooled_bytes: number
  /** Deliveries that succeeded, and how long they took together. */
  readonly deliveries: number
  readonly delivery_seconds: number
  /** How long the newest delivery took; null before the first. */
  readonly duration_ms: number | null
  /** Deliveries that failed in a row. */
  readonly failures: number
  /** Whether those are more than its `backoff` allows. */
  readonly gone: boolean
  /** Unix seconds of the newest delivery; null before the first. */
  readonly last_shipped: number | null
  /** Null when the newest delivery succeeded, and the spool can be written. */
  readonly last_error: string | null
}
