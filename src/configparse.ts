/** The text of a configuration file, checked: YAML, `${VAR}`, keys, types, ranges. */
import { dirname, resolve } from 'node:path'
import { type Document, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import * as z from 'zod/mini'
import { type Config, DEFAULT_CONFIG, LOG_LEVELS, parseListen, resolvePath } from './config.ts'
import { withPeriods } from './period/index.ts'
import { MetricsError, messageOf, parseDuration } from './utils/index.ts'

/** Characters of a configuration file. */
const MAX_CONFIG_LENGTH = 1024 * 1024
/** Faults told at once. */
const MAX_FAULTS = 20
const MAX_SOCKETS = 1_000_000

/** An object that allows these keys alone, and says so. */
function keys<T extends z.core.$ZodLooseShape>(shape: T) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown key ${issue.keys.join(', ')}; allowed are ${Object.keys(shape).join(', ')}`
        : `expected a map of ${Object.keys(shape).join(', ')}`,
  })
}

/** A value whose parser throws a `MetricsError` saying what is allowed. */
function parsed<T>(parse: (text: string) => T) {
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

const flag = z.optional(z.boolean('expected true or false'))

/** `host` or `host:port`, as a `Host` header has it. */
function parseHost(text: string): string {
  if (/^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(text)) return text
  throw new MetricsError(
    'invalid',
    `invalid host ${JSON.stringify(text)}: expected a name such as mon.example.org or mon.example.org:8443`,
  )
}

function parseMount(text: string): string {
  if (text.startsWith('/')) return text
  throw new MetricsError(
    'invalid',
    `invalid mount point ${JSON.stringify(text)}: expected an absolute path, such as /mnt/nas`,
  )
}

const FILE = keys({
  settings: z.optional(
    keys({
      listen: z.optional(parsed(parseListen)),
      data: z.optional(z.string('expected a path').check(z.minLength(1, 'expected a path'))),
      log_level: z.optional(z.enum(LOG_LEVELS, `allowed are ${LOG_LEVELS.join(', ')}`)),
      token: z.optional(z.string('expected a text').check(z.minLength(1, 'expected at least one character'))),
      insecure: flag,
      allowed_hosts: z.optional(z.array(parsed(parseHost), 'expected a list of texts')),
      max_sockets: z.optional(
        z
          .int('expected a whole number')
          .check(
            z.minimum(1, 'allowed are 1 to 1000000'),
            z.maximum(MAX_SOCKETS, 'allowed are 1 to 1000000'),
          ),
      ),
    }),
  ),
  periods: z.optional(
    z.record(z.string(), parsed(parseDuration), 'expected a map of name: duration, such as 1y: 365d'),
  ),
  readers: z.optional(
    keys({
      system_info: z.optional(
        z.union([
          z.boolean(),
          keys({
            type: z.optional(z.literal('system_info', 'allowed is system_info')),
            cpu: flag,
            memory: flag,
            disk: flag,
            network: flag,
            sensors: flag,
            mounts: z.optional(z.array(parsed(parseMount), 'expected a list of paths')),
          }),
        ]),
      ),
    }),
  ),
})

/**
 * @param path Named in errors; relative folders in the file are below its own.
 * @param env Where `${VAR}` and `${VAR:-default}` are taken from.
 * @throws MetricsError `invalid`, a line for each fault: `file:line: key: what is wrong`.
 */
export function parseConfig(
  text: string,
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Config {
  const lines = new LineCounter()
  const at = (offset: number | undefined): string =>
    `${path}:${offset === undefined ? 1 : lines.linePos(offset).line}`
  if (text.length > MAX_CONFIG_LENGTH)
    throw new MetricsError('invalid', `${path}: longer than ${MAX_CONFIG_LENGTH} characters`)
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const faults = document.errors.map((error) => `${at(error.pos[0])}: ${messageOf(error)}`)
  if (faults.length === 0)
    faults.push(...substitute(document, env).map(({ offset, reason }) => `${at(offset)}: ${reason}`))
  if (faults.length > 0) throw new MetricsError('invalid', faults.slice(0, MAX_FAULTS).join('\n'))

  const checked = FILE.safeParse(toJson(document, path) ?? {})
  if (!checked.success) {
    const told = checked.error.issues
      .flatMap(innermost)
      .map(({ path: keyPath, message, keys: unknown }) => {
        const offset = offsetOf(document, unknown === undefined ? keyPath : [...keyPath, unknown]) ?? 0
        return {
          offset,
          text: `${at(offset)}: ${keyPath.length > 0 ? `${keyPath.join('.')}: ` : ''}${message}`,
        }
      })
      .sort((a, b) => a.offset - b.offset)
      .map(({ text }) => text)
    throw new MetricsError('invalid', told.slice(0, MAX_FAULTS).join('\n'))
  }
  const { settings = {}, periods = {}, readers = {} } = checked.data
  try {
    withPeriods(periods)
  } catch (error) {
    throw new MetricsError('invalid', `${at(offsetOf(document, ['periods']))}: periods: ${messageOf(error)}`)
  }
  return {
    listen: settings.listen ?? DEFAULT_CONFIG.listen,
    dataDir:
      settings.data === undefined
        ? DEFAULT_CONFIG.dataDir
        : resolvePath(settings.data, dirname(resolve(path))),
    logLevel: settings.log_level ?? DEFAULT_CONFIG.logLevel,
    token: settings.token,
    insecure: settings.insecure ?? false,
    allowedHosts: settings.allowed_hosts ?? [],
    maxSockets: settings.max_sockets ?? DEFAULT_CONFIG.maxSockets,
    periods,
    systemInfo: systemInfoOf(readers.system_info),
  }
}

function systemInfoOf(given: boolean | object | undefined): Config['systemInfo'] {
  if (given === false) return undefined
  if (given === undefined || given === true) return {}
  const { type: _, ...options } = given as { type?: string }
  return options
}

/** The document's values. Aliases that lead nowhere, or to far too much, are told as any other fault. */
function toJson(document: Document, path: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw new MetricsError('invalid', `${path}: ${messageOf(error)}`)
  }
}

/** Puts variables of the environment into the document's texts; tells those that are not set. */
function substitute(
  document: Document,
  env: Readonly<Record<string, string | undefined>>,
): { offset: number | undefined; reason: string }[] {
  const missing: { offset: number | undefined; reason: string }[] = []
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return
      if (/\$\{(?![A-Za-z_][A-Za-z0-9_]*(?::-[^}]*)?\})/.test(node.value)) {
        missing.push({
          offset: node.range?.[0],
          reason: `cannot read \${…} in ${JSON.stringify(node.value)}: expected \${NAME} or \${NAME:-default}`,
        })
        return
      }
      node.value = node.value.replace(
        /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g,
        (_, name: string, otherwise?: string) => {
          const value = env[name] || otherwise
          if (value !== undefined) return value
          missing.push({
            offset: node.range?.[0],
            reason: `environment variable ${name} is not set; \${${name}:-default} gives a default`,
          })
          return ''
        },
      )
      // Not quoted, it may be a number or true or false, as it would be had it been written out.
      if (node.type === 'PLAIN') node.value = plainValue(node.value as string)
    },
  })
  return missing
}

function plainValue(text: string): string | number | boolean {
  if (/^-?\d{1,15}$/.test(text)) return Number(text)
  return text === 'true' ? true : text === 'false' ? false : text
}

interface Fault {
  readonly path: PropertyKey[]
  readonly message: string
  /** The first of the keys that are not known. */
  readonly keys?: string
}

/** The faults worth telling: of a choice, those of the branch that was meant, which is the map. */
function innermost(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code === 'invalid_union') {
    const branch = issue.errors.find((issues) =>
      issues.some(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
    )
    if (branch === undefined) return [{ path: issue.path, message: 'expected true, false or a map' }]
    return branch.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }))
  }
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  return [{ path: issue.path, message: issue.message, ...(unknown === undefined ? {} : { keys: unknown }) }]
}

/** Where a key stands in the text: its own place, or that of the nearest map above it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true) ?? document.contents
    const items = (parent as { items?: unknown[] } | null)?.items ?? []
    const key = path[length - 1]
    for (const item of items) {
      const pair = item as { key?: unknown; value?: unknown }
      if (isScalar(pair.key) && String(pair.key.value) === String(key)) return pair.key.range?.[0]
    }
    const inList = typeof key === 'number' ? (items[key] as { range?: [number] } | undefined) : undefined
    if (inList?.range) return inList.range[0]
  }
  return undefined
}
