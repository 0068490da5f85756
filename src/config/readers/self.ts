/** `type: self`: treering's own numbers. */
import * as z from 'zod/mini'
import { interval, keys, text } from '../schema.ts'

export const selfReader = z.pipe(
  keys({
    type: z.literal('self'),
    interval: interval(100),
    type_name: text,
    // Files of the original may have these, which mean nothing here, nor there.
    endpoint: z.optional(z.unknown()),
    timeout: z.optional(z.unknown()),
    map_file: z.optional(z.unknown()),
  }),
  z.transform(({ type, interval: intervalMs, type_name: typeName }) => ({
    type,
    ...(intervalMs === undefined ? {} : { intervalMs }),
    ...(typeName === undefined ? {} : { typeName }),
  })),
)
