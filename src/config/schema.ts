/** What the schemas of settings are made of: each says what is allowed. */
import * as z from 'zod/mini'
import { messageOf, parseDuration } from '../utils/index.ts'

/** An object that allows these keys alone, and says so. */
export function keys<T extends z.core.$ZodLooseShape>(shape: T) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown key ${issue.keys.join(', ')}; allowed are ${Object.keys(shape).join(', ')}`
        : `expected a map of ${Object.keys(shape).join(', ')}`,
  })
}

/** A value whose parser throws a `MetricsError` saying what is allowed. */
export function parsed<T>(parse: (text: string) => T) {
  return z.pipe(
    z.string('expected a text'),
    z.transform((text, context) => {
      try {
        return parse(text)
      } catch (error) {
        context.issues.push({ code: 'custom', message: messageOf(error), input: text })
        return z.NEVER
      }
    }),
  )
}

/** true or false */
export const flag = z.optional(z.boolean('expected true or false'))

/** A text that is not empty. */
export const text = z.optional(
  z.string('expected a text').check(z.minLength(1, 'expected at least one character')),
)

/** A duration such as 500ms, 10s or 1h, in ms. */
export const duration = z.optional(parsed(parseDuration))

/** Time from one read to the next, in ms, of at least this. */
export function interval(leastMs: number) {
  const greatestMs = 86_400_000
  const allowed = `allowed are ${leastMs} ms to 24h`
  return z.optional(
    z.pipe(
      parsed(parseDuration),
      z.number().check(z.minimum(leastMs, allowed), z.maximum(greatestMs, allowed)),
    ),
  )
}

/** A whole number within bounds, both allowed. */
export function whole(least: number, greatest: number) {
  const allowed = `allowed are ${least} to ${greatest}`
  return z.optional(
    z.int('expected a whole number').check(z.minimum(least, allowed), z.maximum(greatest, allowed)),
  )
}
