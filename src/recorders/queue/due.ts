/** When the next batch goes. */
import type { Backlog } from './backlog.ts'
import { FOR_EVER_MS } from './bell.ts'
import type { QueueOptions } from './options.ts'

/** Milliseconds until a batch is full, or old enough: 0 or less when one is due. What waits on disk is due at once. */
export function dueIn(
  { count, bytes, oldest, spool }: Backlog,
  { batchCount, batchBytes, batchMs }: QueueOptions,
): number {
  if (spool?.empty === false || count >= batchCount || bytes >= batchBytes) return 0
  return oldest === undefined ? FOR_EVER_MS : oldest + batchMs - performance.now()
}
