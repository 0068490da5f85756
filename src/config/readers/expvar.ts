/** `type: expvar`: the `/debug/vars` of another process, in the words of the original and its earlier versions. */
import * as z from 'zod/mini'
import { parseEndpoint } from '../../expvar/index.ts'
import { level } from '../level.ts'
import { interval, keys, parsed, readable, text, whole, written } from '../schema.ts'
import { headersBut } from '../texts.ts'
import { checkCertificate, tlsKeys, tlsOf } from '../tls.ts'
import { memoryBytes, readByteMap, words } from './bytemap.ts'

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

/** The schema; `from` is the folder that relative files are below. */
export function expvarReader(from: string) {
  return z.pipe(
    keys({
      type: z.literal('expvar'),
      endpoint,
      routepath: text,
      type_name: text,
      interval: interval(100),
      timeout: interval(100),
      backoff: whole(1, MAX_BACKOFF),
      log_level: level,
      headers: headersBut(),
      ...tlsKeys(from),
      max_body_bytes: whole(1, MAX_BODY),
      max_keys: whole(1, MAX_KEYS),
      memory_bytes: z.optional(memoryBytes),
      gc_types: z.optional(words),
      map_file: readable(from, readByteMap),
    }).check(checkCertificate),
    z.transform((given) => ({
      type: given.type,
      endpoint: given.endpoint,
      ...written({
        routepath: given.routepath,
        typeName: given.type_name,
        intervalMs: given.interval,
        timeoutMs: given.timeout,
        backoff: given.backoff,
        logLevel: given.log_level,
        headers: given.headers,
        maxBodyBytes: given.max_body_bytes,
        maxKeys: given.max_keys,
        memoryBytes: given.memory_bytes,
        gcTypes: given.gc_types,
        mapFile: given.map_file,
      }),
      ...tlsOf(given, given.map_file),
    })),
  )
}
