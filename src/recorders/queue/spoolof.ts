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
 * @throws MetricsError `unavailable` for a folder that cannot be made or read, `conflict` for one that is in use.
 */
export async function openSpool(
  recorder: Recorder,
  options: QueueOptions,
  account: Account,
  log: Log,
): Promise<Spool | undefined> {
  const folder = spoolFolder(recorder, options)
  if (folder === undefined) return undefined
  return Spool.open({
    folder,
    maxBytes: options.spoolBytes,
    log,
    onLost: (count, why) => account.drop(count, why),
  })
}

/** The folder of a recorder's own in the folder of spools; undefined where there is none. */
export function spoolFolder(
  { name, takes }: Recorder,
  { spool }: Pick<QueueOptions, 'spool'>,
): string | undefined {
  // What waits for a recorder of documents is nothing for one of families that is called the same.
  return spool === undefined ? undefined : join(spool, takes === 'documents' ? name : `${name}.${takes}`)
}
