/** What the schemas of settings are made of: each says what is allowed. */
import * as z from 'zod/mini'
import { MetricsError, messageOf, parseDuration } from '../utils/index.ts'
import { resolvePath } from './config.ts'
import { NO_TEXT } from './yaml.ts'

/** An object that allows these keys alone, and says so. @param such One that is lawful. */
export function keys<T extends z.core.$ZodLooseShape>(shape: T, such?: string) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown key ${issue.keys.join(', ')}; allowed are ${Object.keys(shape).join(', ')}`
        : `expected a map of ${Object.keys(shape).join(', ')}${such === undefined ? '' : `, such as ${such}`}`,
  })
}

/** What is wrong with a `type`, if anything. */
export function typeFault(type: unknown, known: readonly string[]): string | undefined {
  if (known.includes(type as string)) return undefined
  const reason = type === undefined ? 'is missing' : `${JSON.stringify(type)} is not known`
  return `type ${reason}: allowed are ${known.join(', ')}`
}

/** A value whose parser throws a `MetricsError` saying what is allowed. @param expected What is no text at all should be. */
export function parsed<T>(parse: (text: string) => T, expected = 'a text') {
  return z.pipe(
    z.string(`expected ${expected}`),
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

const someText = z.string(NO_TEXT).check(z.minLength(1, 'expected at least one character'))

/** A text that is not empty. What looks like a number is one in YAML, and taken as it is written (`takeAsWritten`). */
export const text = z.optional(someText)

/** The path of a file or folder, as an absolute one. @param from A relative path is below this folder. */
export function path(from: string) {
  return z.optional(
    z.pipe(
      someText,
      z.transform((given) => resolvePath(given, from)),
    ),
  )
}

/** The path of a file that is read once here, so that `check` tells what `serve` would stumble over. @param read Throws what is wrong with it. */
export function readable(from: string, read: (file: string) => unknown) {
  return z.pipe(
    path(from),
    z.transform((file, context) => {
      try {
        if (file !== undefined) read(file)
      } catch (error) {
        // What does not go together is told beside it.
        context.issues.push({ code: 'custom', message: messageOf(error), input: file, continue: true })
      }
      return file
    }),
  )
}

/** What a duration looks like. */
export const DURATION = 'a duration such as 500ms, 10s, 1h or 365d'

/** A duration such as 500ms, 10s or 1h, in ms. */
export const duration = z.optional(parsed(parseDuration, DURATION))

/** Time from one read to the next, in ms, of at least this and at most this many days. */
export function interval(leastMs: number, days = 1) {
  const greatestMs = days * 86_400_000
  const allowed = `allowed are ${leastMs} ms to ${days === 1 ? '24h' : `${days}d`}`
  return z.optional(
    z.pipe(
      parsed(parseDuration, DURATION),
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

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
}

/** Bytes within bounds, both allowed: a whole number, or one with a unit, such as 64MiB. */
export function size(least: number, greatest: number) {
  return z.optional(
    custom((given) => {
      const [, digits, unit] = /^(\d{1,15})\s*([kmg]i?b|b)?$/i.exec(String(given)) ?? []
      const bytes = Number(digits) * UNIT_BYTES[(unit ?? '').toLowerCase()]!
      if (digits === undefined)
        throw new MetricsError('invalid', 'expected bytes as a whole number, or with a unit, such as 64MiB')
      if (bytes < least || bytes > greatest)
        throw new MetricsError('invalid', `allowed are ${sizeText(least)} to ${sizeText(greatest)}`)
      return bytes
    }),
  )
}

function sizeText(bytes: number): string {
  const [unit, factor] =
    bytes >= 1024 ** 3 ? ['GiB', 1024 ** 3] : bytes >= 1024 ** 2 ? ['MiB', 1024 ** 2] : ['KiB', 1024]
  return `${bytes / factor}${unit}`
}

/** A value of any kind whose reader throws a `MetricsError` saying what is allowed; it is given undefined where the key is missing. */
export function custom<T>(read: (given: unknown) => T) {
  return z.pipe(
    z.unknown(),
    z.transform((given, context) => {
      try {
        return read(given)
      } catch (error) {
        const message = `${given === undefined ? 'is missing: ' : ''}${messageOf(error)}`
        context.issues.push({ code: 'custom', message, input: given })
        return z.NEVER
      }
    }),
  )
}

/** One or more texts: a list, or one alone. Undefined where there are none. */
export function listOf(given: unknown): string[] | undefined {
  const list = Array.isArray(given) ? given : [given]
  return list.length > 0 && list.every((item) => typeof item === 'string' && item !== '') ? list : undefined
}

/** An object without the keys that have no value. */
export function written<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never
}
