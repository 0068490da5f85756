/** A reader's `map_file`: what is bytes and what is pauses, in the original's form. */
import { readFileSync } from 'node:fs'
import type { ByteMapOptions } from '../expvar/index.ts'
import { errnoOf, type Log, MetricsError, messageOf } from '../utils/index.ts'

/**
 * Reads a map file.
 *
 * Differs from expvastic: there the file is never read, and examples name one that does not exist. So a missing file is
 * a warning, and the defaults hold.
 *
 * @param path Undefined gives an empty map.
 * @throws MetricsError `invalid` for a file that is no such map.
 */
export async function loadByteMap(path: string | undefined, log: Log): Promise<ByteMapOptions> {
  if (path === undefined) return {}
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT')
      throw new MetricsError('invalid', `cannot read map_file ${path}: ${messageOf(error)}`)
    log.warn({ path }, 'there is no such map_file: the default names are bytes and pauses')
    return {}
  }
  const { parseByteMap } = await import('./readers/bytemap.ts')
  return parseByteMap(text, path)
}
