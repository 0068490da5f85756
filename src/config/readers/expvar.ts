/** `type: expvar`: the `/debug/vars` of another process, in the words of the original and its earlier versions. */
import { validateHeaderName, validateHeaderValue } from 'node:http'
import * as z from 'zod/mini'
import { BYTE_UNITS, type ByteUnit, parseEndpoint } from '../../expvar/index.ts'
import { LOG_LEVELS, type LogLevel, MetricsError } from '../../utils/index.ts'
import { flag, interval, keys, parsed, text, whole } from '../schema.ts'

const MAX_BACKOFF = 1_000_000
const MAX_KEYS = 10_000
/** Bytes of an answer. */
const MAX_BODY = 1024 ** 3

const endpoint = z.pipe(
  z.string('is missing: expected HOST:PORT or a URL, such as localhost:1234'),
  parsed((given) => {
    parseEndpoint(given)
    return given
  }),
)

const headers = z
  .record(z.string(), z.string('expected a text'), 'expected a map of name: text')
  .check((context) => {
    for (const [name, value] of Object.entries(context.value)) {
      try {
        validateHeaderName(name)
        validateHeaderValue(name, value)
      } catch {
        const message = 'a header has a name of letters, digits and -, and a text on one line'
        context.issues.push({ code: 'custom', path: [name], message, input: value })
      }
    }
  })

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

function oneOf<T extends string>(kind: string, names: readonly T[]) {
  return parsed((given): T => {
    const name = given.toLowerCase() as T
    if (names.includes(name)) return name
    throw new MetricsError(
      'invalid',
      `invalid ${kind} ${JSON.stringify(given)}: allowed are ${names.join(', ')}`,
    )
  })
}

/** Name → unit of what is bytes. */
export const memoryBytes = z.record(
  z.string(),
  oneOf<ByteUnit>('unit', BYTE_UNITS),
  `expected a map of name: unit; units are ${BYTE_UNITS.join(', ')}`,
)

export const expvarReader = z.pipe(
  keys({
    type: z.literal('expvar'),
    endpoint,
    routepath: text,
    type_name: text,
    interval: interval(100),
    timeout: interval(100),
    backoff: whole(1, MAX_BACKOFF),
    log_level: z.optional(oneOf<LogLevel>('level', LOG_LEVELS)),
    headers: z.optional(headers),
    ca: text,
    cert: text,
    key: text,
    insecure: flag,
    max_body_bytes: whole(1, MAX_BODY),
    max_keys: whole(1, MAX_KEYS),
    memory_bytes: z.optional(memoryBytes),
    gc_types: z.optional(words),
    map_file: text,
  }),
  z.transform((given) => ({
    type: given.type,
    endpoint: given.endpoint,
    ...defined({
      routepath: given.routepath,
      typeName: given.type_name,
      intervalMs: given.interval,
      timeoutMs: given.timeout,
      backoff: given.backoff,
      logLevel: given.log_level,
      headers: given.headers,
      ca: given.ca,
      cert: given.cert,
      key: given.key,
      insecure: given.insecure,
      maxBodyBytes: given.max_body_bytes,
      maxKeys: given.max_keys,
      memoryBytes: given.memory_bytes,
      gcTypes: given.gc_types,
      mapFile: given.map_file,
    }),
  })),
)

/** Without the keys that were not written. */
function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never
}
