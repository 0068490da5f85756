/** `type: file`: lines of JSON. */
import * as z from 'zod/mini'
import type { RecorderSettings } from '../../recorders/index.ts'
import { MetricsError } from '../../utils/index.ts'
import { resolvePath } from '../config.ts'
import { custom, interval, keys, size, whole, written } from '../schema.ts'
import { fields } from '../texts.ts'
import { QUEUE_KEYS, queueOf } from './queue.ts'

const KIBIBYTE = 1024
const TEBIBYTE = 1024 ** 4
const MOST_FILES = 10_000
const MOST_DAYS = 3650

/** The schema; `from` is the folder that a relative path is below. */
export function fileRecorder(from: string) {
  return z.pipe(
    keys({
      type: z.literal('file'),
      path: custom((given) => {
        if (typeof given === 'string' && given !== '') return given
        throw new MetricsError('invalid', 'expected a path, such as ./documents.ndjson')
      }),
      max_bytes: size(KIBIBYTE, TEBIBYTE),
      max_age: interval(1000, MOST_DAYS),
      keep: whole(0, MOST_FILES),
      fields,
      ...QUEUE_KEYS,
    }),
    z.transform((given): RecorderSettings => {
      const { max_bytes: maxBytes, max_age: maxAgeMs, keep, fields } = given
      const path = resolvePath(given.path, from)
      return {
        type: 'file',
        options: { path, ...written({ maxBytes, maxAgeMs, keep, fields }) },
        ...queueOf(given, from),
      }
    }),
  )
}
