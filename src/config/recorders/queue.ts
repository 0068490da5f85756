/** Keys that every type of recorder has: those of its queue. */
import { dirname, resolve } from 'node:path'
import type * as z from 'zod/mini'
import type { QueueOptions, RecorderSettings } from '../../recorders/index.ts'
import { resolvePath } from '../config.ts'
import { level } from '../level.ts'
import { interval, size, text, whole, written } from '../schema.ts'

const KIBIBYTE = 1024
const GIBIBYTE = 1024 ** 3
const MOST_COUNT = 10_000_000

/** Least and greatest of each. Source of the least `timeout`: expvastic. */
export const QUEUE_KEYS = {
  timeout: interval(1000),
  backoff: whole(1, 1_000_000),
  queue_count: whole(1, MOST_COUNT),
  queue_bytes: size(KIBIBYTE, 16 * GIBIBYTE),
  batch_count: whole(1, 100_000),
  batch_bytes: size(KIBIBYTE, GIBIBYTE),
  batch_wait: interval(1),
  spool: text,
  spool_bytes: size(64 * KIBIBYTE, 1024 * GIBIBYTE),
  log_level: level,
} as const

type Given = { readonly [K in keyof typeof QUEUE_KEYS]?: z.infer<(typeof QUEUE_KEYS)[K]> }

/** What those keys come to; what was not written is not there. `from` is the folder that a relative spool is below. */
export function queueOf(given: Given, from: string): Pick<RecorderSettings, 'queue' | 'logLevel'> {
  const queue: { -readonly [K in keyof QueueOptions]: QueueOptions[K] | undefined } = {
    timeoutMs: given.timeout,
    backoff: given.backoff,
    queueCount: given.queue_count,
    queueBytes: given.queue_bytes,
    batchCount: given.batch_count,
    batchBytes: given.batch_bytes,
    batchMs: given.batch_wait,
    spool: given.spool === undefined ? undefined : resolvePath(given.spool, from),
    spoolBytes: given.spool_bytes,
    retryFirstMs: undefined,
    retryMostMs: undefined,
  }
  return {
    queue: written(queue) as Partial<QueueOptions>,
    ...(given.log_level === undefined ? {} : { logLevel: given.log_level }),
  }
}

/** The folder of a configuration file. */
export function folderOf(path: string): string {
  return dirname(resolve(path))
}
