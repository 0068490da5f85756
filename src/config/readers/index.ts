/** The types that a reader may have, each with the keys it allows and the options of its source that come of them. */
import type * as z from 'zod/mini'
import { SOURCE_NAME, SOURCE_NAME_RULE } from '../../period/index.ts'
import type { Reader } from '../config.ts'
import { TWO_PROCESSES } from '../processes.ts'
import { typeFault } from '../schema.ts'
import { countersReader } from './counters.ts'
import { expvarReader } from './expvar.ts'
import { processReader } from './process.ts'
import { selfReader } from './self.ts'
import { systemInfoReader } from './systeminfo.ts'
import { uptimeReader } from './uptime.ts'

const READER_TYPES: Readonly<Record<Reader['type'], (from: string) => z.ZodMiniType<Reader>>> = {
  system_info: () => systemInfoReader,
  counters: countersReader,
  self: () => selfReader,
  expvar: expvarReader,
  uptime: uptimeReader,
  process: () => processReader,
}

/** What a reader may be. */
export const READER_TYPE_NAMES: readonly string[] = Object.keys(READER_TYPES)

/** Readers that are there without being written down: their names are their types. */
const BUILT_IN: readonly Reader['type'][] = ['system_info', 'counters', 'process']

/**
 * The readers of a file: those that are built in, refined or switched off (`false`), and those it adds.
 *
 * @param from The file's folder, which relative paths are below.
 */
export function readersOf(
  given: unknown,
  from: string,
): {
  readers: Record<string, Reader>
  issues: z.core.$ZodIssue[]
} {
  const readers: Record<string, Reader> = {}
  const issues: z.core.$ZodIssue[] = []
  const written = typeof given === 'object' && given !== null && !Array.isArray(given) ? given : {}
  const all = { ...Object.fromEntries(BUILT_IN.map((name) => [name, true])), ...written }
  for (const [name, value] of Object.entries(all)) {
    const fault = (message: string, path: PropertyKey[] = []) =>
      issues.push({ code: 'custom', path: ['readers', name, ...path], message, input: value })
    if (!SOURCE_NAME.test(name)) {
      fault(`${SOURCE_NAME_RULE}: it is a file and a part of the URL`)
      continue
    }
    if (value === false) continue
    const map = value === true || value === null ? {} : value
    if (typeof map !== 'object' || Array.isArray(map)) {
      fault('expected true, false or a map')
      continue
    }
    const type = (map as { type?: unknown }).type ?? (Object.hasOwn(READER_TYPES, name) ? name : undefined)
    const wrong = typeFault(type, READER_TYPE_NAMES)
    if (wrong !== undefined) {
      fault(wrong, type === undefined ? [] : ['type'])
      continue
    }
    const checked = READER_TYPES[type as Reader['type']](from).safeParse({ ...map, type })
    if (checked.success) {
      const other = type === 'process' && Object.keys(readers).find((one) => readers[one]!.type === type)
      if (typeof other === 'string') fault(`type process is that of ${other}, too: ${TWO_PROCESSES}`)
      readers[name] = checked.data
    } else
      issues.push(
        ...checked.error.issues.map((issue) => ({ ...issue, path: ['readers', name, ...issue.path] })),
      )
  }
  return { readers, issues }
}
