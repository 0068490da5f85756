/** Which spool is a recorder's. */
import { join } from 'node:path'
import type { Log } from '../../utils/index.ts'
import type { Recorder } from '../recorder.ts'
import type { Account } from './account.ts'
import type { QueueOptions } from './options.ts'
import { Spool } from './spool.ts'

/**
 * Opens the spool of a recorder; undefined where it has none.
 *
 * @throws MetricsError `unavailable` for a folder that cannot be made or read.
 */
export async function openSpool(
  recorder: Recorder,
  { spool, spoolBytes }: QueueOptions,
  account: Account,
  log: Log,
): Promise<Spool | undefined> {
  if (spool === undefined) return undefined
  return Spool.open({
    folder: join(spool, folderOf(recorder)),
    maxBytes: spoolBytes,
    log,
    onLost: (count, why) => account.drop(count, why),
  })
}

/** What waits for a recorder of documents is nothing for one of families that is called the same. */
function folderOf({ name, takes }: Recorder): string {
  return takes === 'documents' ? name : `${name}.${takes}`
}
