/** The text of a `map_file`. */
import { parse } from 'yaml'
import * as z from 'zod/mini'
import type { ByteMapOptions } from '../../expvar/index.ts'
import { MetricsError, messageOf } from '../../utils/index.ts'
import { memoryBytes, words } from './expvar.ts'

/** Other keys are passed over, as the original does. */
const MAP = z.object(
  { memory_bytes: z.nullish(memoryBytes), gc_types: z.nullish(words) },
  'expected a map of memory_bytes and gc_types',
)

/** @throws MetricsError `invalid`, with a line for each fault. */
export function parseByteMap(text: string, path: string): ByteMapOptions {
  let json: unknown
  try {
    json = parse(text) ?? {}
  } catch (error) {
    throw new MetricsError('invalid', `cannot read map_file ${path}: ${messageOf(error)}`)
  }
  const { success, data, error } = MAP.safeParse(json)
  if (!success) {
    const faults = error.issues.map((issue) => `${path}: ${issue.path.join('.')}: ${issue.message}`)
    throw new MetricsError('invalid', faults.join('\n'))
  }
  return { memoryBytes: data.memory_bytes ?? {}, gcTypes: data.gc_types ?? [] }
}
