/** Opens counters files for writing: new ones, and those that another thread or process made. */
import { closeSync, fstatSync, openSync, unlinkSync } from 'node:fs'
import { errnoOf, MetricsError, messageOf } from '../utils/index.ts'
import { countersPath } from './directory.ts'
import { MAX_CAPACITY } from './layout.ts'
import { mapFile } from './mapping.ts'
import { createFile } from './newfile.ts'
import { openWindow } from './window.ts'
import { CountersWriter } from './writer.ts'

/** How a file is made. */
export interface CreateOptions {
  /** Facts for readers: version, start parameters. @default {} */
  readonly statics?: Readonly<Record<string, string>>
  /** Slots, 0 … 10,000; 640 bytes each. @default 1000 */
  readonly capacity?: number
  /**
   * Takes over a file whose process no longer lives. Others that joined it must join the new one: see `CountersWriter`.
   * @default false
   */
  readonly replaceStale?: boolean
}

/**
 * Makes a counters file of this process.
 *
 * @param nameOrPath A name lies in the counters directory; anything with a `/` is a path.
 * @throws MetricsError `conflict` when the file exists, `unavailable` when it cannot be made or mapped, `full` when this process has 4,096 files mapped. RangeError for
 *   a capacity outside 0 … 10,000.
 */
export function createCounters(nameOrPath: string, options: CreateOptions = {}): CountersWriter {
  const { statics = {}, capacity = 1000, replaceStale = false } = options
  if (!Number.isInteger(capacity) || capacity < 0 || capacity > MAX_CAPACITY) {
    throw new RangeError(`capacity ${capacity}: expected a whole number from 0 to ${MAX_CAPACITY}`)
  }
  const path = countersPath(nameOrPath)
  const { fd, header } = createFile(path, { statics, capacity, replaceStale })
  try {
    return new CountersWriter(
      path,
      header,
      mapFile(fd, header.end, { writable: true, guardedOnly: false }),
      false,
      fstatSync(fd),
    )
  } catch (error) {
    unlinkSync(path)
    throw error
  } finally {
    closeSync(fd)
  }
}

/**
 * Writes into a file that another thread or process made: to add to its counters, or to add counters to it.
 *
 * @throws MetricsError as `openCounters`; `invalid` for a file without statics that mc4go or mc4j made: nothing in it
 *   is aligned as atomics need it.
 */
export function joinCounters(nameOrPath: string): CountersWriter {
  const path = countersPath(nameOrPath)
  const window = openWindow(path, { mapped: false })
  window.close()
  const { header } = window
  if (header.metadataOffset % 8 !== 0) {
    throw new MetricsError(
      'invalid',
      `cannot write counters file ${path}: it has no statics, so its values are not aligned`,
    )
  }
  let fd: number
  try {
    fd = openSync(path, 'r+')
  } catch (cause) {
    const code = errnoOf(cause) === 'ENOENT' ? 'not_found' : 'unavailable'
    throw new MetricsError(code, `cannot write counters file ${path}: ${messageOf(cause)}`, { cause })
  }
  try {
    return new CountersWriter(
      path,
      header,
      mapFile(fd, header.end, { writable: true, guardedOnly: false }),
      true,
      fstatSync(fd),
    )
  } finally {
    closeSync(fd)
  }
}
