/** A configuration that a program hands in, complete; what is not checked by types may be anything. */
import { resolve } from 'node:path'
import * as z from 'zod/mini'
import { SOURCE_NAME, SOURCE_NAME_RULE, withPeriods } from '../period/index.ts'
import { LOG_LEVELS, MetricsError } from '../utils/index.ts'
import { type Config, DEFAULT_CONFIG, MAX_SOCKETS } from './config.ts'
import { READER_TYPE_NAMES } from './readers/index.ts'
import { RECORDER_TYPE_NAMES } from './recorders/index.ts'
import { flag, keys, typeFault, whole, written } from './schema.ts'
import { warningsOf } from './warnings.ts'

const PORT = 'expected a whole number from 0 to 65535'
const text = z.string('expected a text').check(z.minLength(1, 'expected at least one character'))
const names = z.array(z.string('expected a text'), 'expected a list of texts')

/** A map by name; what each is made of is checked by what is made of it. */
function named(what: string, map: z.ZodMiniType) {
  return z.optional(
    z.record(z.string(), map, `expected a map of name: ${what}`).check(({ value, issues }) => {
      for (const name of Object.keys(value))
        if (!SOURCE_NAME.test(name))
          issues.push({
            code: 'custom',
            path: [name],
            message: SOURCE_NAME_RULE,
            input: value,
          })
    }),
  )
}

/** What a function finds wrong with a value, if anything. */
function judged(faultOf: (given: Readonly<Record<string, unknown>>) => string | undefined, none: string) {
  return z.unknown().check(({ value, issues }) => {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
    const message = isMap ? faultOf(value as Readonly<Record<string, unknown>>) : none
    if (message !== undefined) issues.push({ code: 'custom', message, input: value, continue: true })
  })
}

const reader = judged(({ type, endpoint, targets }) => {
  const fault = typeFault(type, READER_TYPE_NAMES)
  if (fault !== undefined) return fault
  if (type === 'expvar' && typeof endpoint !== 'string') return 'endpoint: expected a text'
  return type === 'uptime' && (targets ?? null) === null ? 'targets: is missing' : undefined
}, 'expected a map of type and its options; a reader that is left out is off')
const recorder = judged(({ type, options }) => {
  const hasOptions = typeof options === 'object' && options !== null
  return typeFault(type, RECORDER_TYPE_NAMES) ?? (hasOptions ? undefined : 'options: expected a map')
}, 'expected a map of type and options')

const GIVEN = keys({
  listen: z.optional(
    keys(
      {
        host: text,
        port: z.int(PORT).check(z.minimum(0, PORT), z.maximum(65_535, PORT)),
      },
      "{ host: '127.0.0.1', port: 8888 }",
    ),
  ),
  dataDir: z.optional(text),
  logLevel: z.optional(z.enum(LOG_LEVELS, `allowed are ${LOG_LEVELS.join(', ')}`)),
  token: z.optional(z.string('expected a text')),
  insecure: flag,
  allowedHosts: z.optional(names),
  statusPublic: flag,
  maxSockets: whole(1, MAX_SOCKETS),
  periods: z.optional(
    z.record(z.string(), z.number('expected milliseconds'), 'expected a map of name: milliseconds'),
  ),
  readers: named('reader', reader),
  recorders: named('recorder', recorder),
  routes: named('route', keys({ readers: names, recorders: names })),
  warnings: z.optional(names),
})

/**
 * What is given and the defaults of what is not; what is allowed and probably not meant becomes its warnings, unless it has some already.
 *
 * @throws MetricsError `invalid`: all that is wrong with it, each by its key.
 */
export function completed(given: Partial<Config>): Config {
  const checked = GIVEN.safeParse(given)
  if (!checked.success) {
    const faults = checked.error.issues.map(({ path, message }) =>
      path.length > 0 ? `${path.join('.')}: ${message}` : message,
    )
    throw new MetricsError('invalid', `invalid configuration: ${faults.join('; ')}`)
  }
  const config = { ...DEFAULT_CONFIG, ...written(given) } as Config
  withPeriods(config.periods)
  const complete = { ...config, dataDir: resolve(config.dataDir) }
  return given.warnings === undefined ? { ...complete, warnings: warningsOf(complete) } : complete
}
