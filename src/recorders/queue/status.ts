/** What a queue tells of itself. */
import type { Recorder } from '../recorder.ts'
import type { Account } from './account.ts'
import type { Backlog } from './backlog.ts'
import type { RecorderStatus } from './options.ts'

/** How a recorder fares now. */
export function statusOf(
  { name, destination }: Recorder,
  { count, bytes, spool }: Backlog,
  { counts }: Account,
): RecorderStatus {
  return {
    name,
    destination,
    ...counts,
    queued: count,
    queued_bytes: bytes,
    spooled: spool?.count ?? 0,
    spooled_bytes: spool?.bytes ?? 0,
    last_error: counts.last_error ?? (spool?.fault === undefined ? null : `cannot spool: ${spool.fault}`),
  }
}

/** A change that may be made or not: nothing can fail any more, and nothing was changed yet. */
export interface Change {
  commit(): void
  /** Frees what was opened for it. */
  rollback(): Promise<void>
}
