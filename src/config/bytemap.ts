/** A reader's `map_file`: what is bytes and what is pauses, in the original's form. */
import type { ByteMapOptions } from '../expvar/index.ts'

/**
 * Reads a map file.
 *
 * Differs from expvastic: there the file is never read, and examples name one that does not exist. So a missing file is
 * a warning of the configuration, and the defaults hold.
 *
 * @param path Undefined gives an empty map.
 * @throws MetricsError `invalid` for a file that is no such map.
 */
export async function loadByteMap(path: string | undefined): Promise<ByteMapOptions> {
  if (path === undefined) return {}
  // What reads it, and YAML itself, is loaded only where there is one.
  const { readByteMap } = await import('./readers/bytemap.ts')
  return readByteMap(path)
}
