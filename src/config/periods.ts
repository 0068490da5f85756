/** `periods` of a file: each fault is told, whatever the others are. */
import * as z from 'zod/mini'
import { withPeriods } from '../period/index.ts'
import { MetricsError, messageOf, parseDuration } from '../utils/index.ts'
import { DURATION } from './schema.ts'

/** Stands in for a duration that is none, so that its name is looked at, too. */
const LAWFUL_MS = 86_400_000

/** Periods beside the five: name → duration in ms. */
export const periods = z.optional(
  z.pipe(
    z.record(z.string(), z.unknown(), 'expected a map of name: duration, such as 1y: 365d'),
    z.transform((given, { issues }) => {
      const read: Record<string, number> = {}
      const told = (path: string[], check: () => void) => {
        try {
          check()
        } catch (error) {
          issues.push({ code: 'custom', path, message: messageOf(error), input: given })
        }
      }
      for (const [name, duration] of Object.entries(given)) {
        told([name], () => {
          read[name] = LAWFUL_MS
          read[name] = msOf(duration)
        })
        told([name], () => withPeriods({ [name]: read[name]! }))
      }
      // Too many of them are nobody's fault alone.
      if (issues.length === 0) told([], () => withPeriods(read))
      return read
    }),
  ),
)

function msOf(duration: unknown): number {
  if (typeof duration !== 'string') throw new MetricsError('invalid', `expected ${DURATION}`)
  return parseDuration(duration)
}
