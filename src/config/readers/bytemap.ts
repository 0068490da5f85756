/** What is bytes and what is pauses: as a reader says it, and as its `map_file` does. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import * as z from 'zod/mini'
import { BYTE_UNITS, type ByteMapOptions, type ByteUnit } from '../../expvar/index.ts'
import { errnoOf, MetricsError, messageOf } from '../../utils/index.ts'
import { parsed } from '../schema.ts'

/** Words in one text, as the original takes them, or a list. */
export const words = z.pipe(
  z.custom<string | string[]>(
    (given) =>
      typeof given === 'string' || (Array.isArray(given) && given.every((name) => typeof name === 'string')),
    'expected a list of names',
  ),
  z.transform((given) =>
    typeof given === 'string' ? given.split(/\s+/).filter((word) => word !== '') : given,
  ),
)

const unit = parsed((given): ByteUnit => {
  const found = BYTE_UNITS.find((each) => each === given.toLowerCase())
  if (found !== undefined) return found
  const allowed = BYTE_UNITS.join(', ')
  throw new MetricsError('invalid', `invalid unit ${JSON.stringify(given)}: allowed are ${allowed}`)
})

/** Name → unit of what is bytes. */
export const memoryBytes = z.record(
  z.string(),
  unit,
  `expected a map of name: unit; units are ${BYTE_UNITS.join(', ')}`,
)

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

/** Reads a map file; one that is not there is an empty map, of which the configuration warns. @throws MetricsError as `parseByteMap`. */
export function readByteMap(path: string): ByteMapOptions {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return {}
    throw new MetricsError('invalid', `cannot read map_file ${path}: ${messageOf(error)}`)
  }
  return parseByteMap(text, path)
}
