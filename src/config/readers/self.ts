/** `type: self`: treering's own numbers. */
import * as z from 'zod/mini'
import { level } from '../level.ts'
import { interval, keys, text, written } from '../schema.ts'

/** Of a reader that asks nobody these say nothing. Files of the original and its earlier versions may have them. */
const meaningless = z.optional(z.unknown())

export const selfReader = z.pipe(
  keys({
    type: z.literal('self'),
    interval: interval(100),
    type_name: text,
    log_level: level,
    endpoint: meaningless,
    routepath: meaningless,
    timeout: meaningless,
    backoff: meaningless,
    map_file: meaningless,
  }),
  z.transform(({ type, interval: intervalMs, type_name: typeName, log_level: logLevel }) => ({
    type,
    ...written({ intervalMs, typeName, logLevel }),
  })),
)
