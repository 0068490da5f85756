/** The text of a configuration file, checked: YAML, `${VAR}`, keys, types, ranges. */
import { LineCounter, parseDocument } from 'yaml'
import * as z from 'zod/mini'
import { MetricsError } from '../utils/index.ts'
import { type Config, DEFAULT_CONFIG, MAX_SOCKETS, parseListen, resolvePath } from './config.ts'
import { level } from './level.ts'
import { periods } from './periods.ts'
import { destinationsOf } from './processes.ts'
import { readersOf } from './readers/index.ts'
import { folderOf, recordersOf, routesOf } from './recorders/index.ts'
import { flag, keys, parsed, text, whole } from './schema.ts'
import { parseToken } from './token.ts'
import { findWarnings } from './warnings.ts'
import { innermost, offsetOf, pathAt, substitute, takeAsWritten, toJson } from './yaml.ts'

/** Characters of a configuration file. */
const MAX_CONFIG_LENGTH = 1024 * 1024
/** Faults told at once. */
const MAX_FAULTS = 20

/** `host` or `host:port`, as a `Host` header has it. */
function parseHost(text: string): string {
  if (/^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(text)) return text
  throw new MetricsError(
    'invalid',
    `invalid host ${JSON.stringify(text)}: expected a name such as mon.example.org or mon.example.org:8443`,
  )
}

const FILE = keys({
  settings: z.optional(
    keys({
      listen: z.optional(parsed(parseListen, 'a text such as 127.0.0.1:8888')),
      data: text,
      log_level: level,
      token: z.pipe(text, z.optional(parsed(parseToken))),
      insecure: flag,
      allowed_hosts: z.optional(z.array(parsed(parseHost), 'expected a list of texts')),
      status_public: flag,
      max_sockets: whole(1, MAX_SOCKETS),
      // Source: expvastic's example, which means log_level.
      debug_evel: level,
    }),
  ),
  periods,
  readers: z.optional(z.record(z.string(), z.unknown(), 'expected a map of name: reader')),
  recorders: z.optional(z.record(z.string(), z.unknown(), 'expected a map of name: recorder')),
  routes: z.optional(z.unknown()),
})

/** A `${NAME}` without quotes in the line of a fault: within a flow map YAML takes its brace for a map. */
function unquotedAt(text: string, offset: number): string | undefined {
  const begin = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  return /[:,[{]\s*(\$\{[^}]*\})/.exec(text.slice(begin, end < 0 ? undefined : end))?.[1]
}

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
  const faults = document.errors.map(({ code, message, pos: [offset] }) => {
    const unquoted = unquotedAt(text, offset)
    if (unquoted !== undefined)
      return `${at(offset)}: ${unquoted} must be quoted between { and }: "${unquoted}"`
    const twice = code === 'DUPLICATE_KEY' ? pathAt(document, offset) : undefined
    return `${at(offset)}: ${twice === undefined ? message : `${twice.join('.')}: the key is there twice`}`
  })
  if (faults.length === 0)
    faults.push(...substitute(document, env).map(({ offset, reason }) => `${at(offset)}: ${reason}`))
  if (faults.length > 0)
    throw new MetricsError('invalid', [...new Set(faults)].slice(0, MAX_FAULTS).join('\n'))

  const refuse = (issues: readonly z.core.$ZodIssue[]): never => {
    const told = issues
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
  let found = read(toJson(document, path), path)
  if (takeAsWritten(document, found.issues)) found = read(toJson(document, path), path)
  const { settings, periods, readers, recorders, routes, issues } = found
  if (settings === undefined || issues.length > 0) return refuse(issues)
  return {
    listen: settings.listen ?? DEFAULT_CONFIG.listen,
    dataDir:
      settings.data === undefined ? DEFAULT_CONFIG.dataDir : resolvePath(settings.data, folderOf(path)),
    logLevel: settings.log_level ?? settings.debug_evel ?? DEFAULT_CONFIG.logLevel,
    token: settings.token,
    insecure: settings.insecure ?? false,
    allowedHosts: settings.allowed_hosts ?? [],
    statusPublic: settings.status_public ?? DEFAULT_CONFIG.statusPublic,
    maxSockets: settings.max_sockets ?? DEFAULT_CONFIG.maxSockets,
    periods,
    readers,
    recorders,
    routes,
    warnings: [...found.warnings, ...findWarnings({ readers, recorders, routes })].map(
      ({ path: keyPath, message }) => `${at(offsetOf(document, keyPath))}: ${keyPath.join('.')}: ${message}`,
    ),
  }
}

/** All sections, and what is wrong with them; `settings` is undefined where the file's form is. */
function read(given: unknown, path: string) {
  const json = given ?? {}
  const checked = FILE.safeParse(json)
  const written = json as { readers?: unknown; recorders?: unknown; routes?: unknown }
  const folder = folderOf(path)
  const { readers, issues } = readersOf(written.readers, folder)
  const { recorders, issues: recorderIssues } = recordersOf(written.recorders, folder)
  const {
    routes,
    issues: routeIssues,
    warnings,
  } = routesOf(written.routes, {
    readers: namesOf(readers, issues, 'readers'),
    recorders: namesOf(recorders, recorderIssues, 'recorders'),
  })
  const destinationIssues = unknownDestinations(readers, namesOf(recorders, recorderIssues, 'recorders'))
  const all = [
    ...(checked.error?.issues ?? []),
    ...issues,
    ...recorderIssues,
    ...routeIssues,
    ...destinationIssues,
  ]
  const { settings = {}, periods = {} } = checked.data ?? {}
  return {
    settings: checked.success ? settings : undefined,
    periods,
    readers,
    recorders,
    routes,
    warnings,
    issues: all,
  }
}

/** Faults of the setting `destination`. */
function unknownDestinations(readers: Config['readers'], recorders: readonly string[]): z.core.$ZodIssue[] {
  const allowed = recorders.join(', ') || 'none: there are no recorders'
  return [...destinationsOf(readers)].flatMap(([reader, names]) =>
    names
      .filter((name) => !recorders.includes(name))
      .map((name) => ({
        code: 'custom' as const,
        path: ['readers', reader, 'destination'],
        message: `unknown recorder ${JSON.stringify(name)}: allowed are ${allowed}`,
        input: names,
      })),
  )
}

/** What a section declares: a name that is declared wrongly is not unknown beside that. */
function namesOf(declared: object, issues: readonly z.core.$ZodIssue[], section: string): string[] {
  const faulty = issues.filter(({ path }) => path[0] === section && typeof path[1] === 'string')
  return [...new Set([...Object.keys(declared), ...faulty.map(({ path }) => String(path[1]))])]
}
