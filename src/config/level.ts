/** Words for how grave a log line is. */
import * as z from 'zod/mini'
import { LOG_LEVELS, type LogLevel, MetricsError } from '../utils/index.ts'
import { parsed } from './schema.ts'

/**
 * One of `LOG_LEVELS`, in any case.
 *
 * Differs from expvastic: what is none of them is refused, where it meant `error`.
 */
export const level = z.optional(
  parsed((text): LogLevel => {
    const found = LOG_LEVELS.find((word) => word === text.toLowerCase())
    if (found === undefined) throw new MetricsError('invalid', `allowed are ${LOG_LEVELS.join(', ')}`)
    return found
  }),
)
