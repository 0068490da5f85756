/** The types that a recorder may have, each with the keys it allows and the settings that come of them. */
import type * as z from 'zod/mini'
import { SOURCE_NAME, SOURCE_NAME_RULE } from '../../period/index.ts'
import type { RecorderSettings } from '../../recorders/index.ts'
import { typeFault } from '../schema.ts'
import { otlpRecorder, remoteWriteRecorder } from './families.ts'
import { fileRecorder } from './file.ts'
import { searchRecorder } from './search.ts'

export { folderOf } from './queue.ts'
export { routesOf } from './routes.ts'

const RECORDER_TYPES: Readonly<
  Record<RecorderSettings['type'], (from: string) => z.ZodMiniType<RecorderSettings>>
> = {
  elasticsearch: (from) => searchRecorder('elasticsearch', from),
  opensearch: (from) => searchRecorder('opensearch', from),
  file: fileRecorder,
  prometheus_remote_write: remoteWriteRecorder,
  otlp: otlpRecorder,
}

/** What a recorder may be. */
export const RECORDER_TYPE_NAMES: readonly string[] = Object.keys(RECORDER_TYPES)

/** The recorders of a file; `from` is its folder, which relative paths are below. */
export function recordersOf(
  given: unknown,
  from: string,
): { recorders: Record<string, RecorderSettings>; issues: z.core.$ZodIssue[] } {
  const recorders: Record<string, RecorderSettings> = {}
  const issues: z.core.$ZodIssue[] = []
  const written = typeof given === 'object' && given !== null && !Array.isArray(given) ? given : {}
  for (const [name, value] of Object.entries(written)) {
    const fault = (message: string, path: PropertyKey[] = []) =>
      issues.push({ code: 'custom', path: ['recorders', name, ...path], message, input: value })
    if (!SOURCE_NAME.test(name)) {
      fault(`${SOURCE_NAME_RULE}: it is a folder of the spool and a label`)
      continue
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      fault('expected a map of type and its keys')
      continue
    }
    const type = (value as { type?: unknown }).type
    const wrong = typeFault(type, RECORDER_TYPE_NAMES)
    if (wrong !== undefined) {
      fault(wrong, type === undefined ? [] : ['type'])
      continue
    }
    const checked = RECORDER_TYPES[type as RecorderSettings['type']](from).safeParse(value)
    if (checked.success) recorders[name] = checked.data
    else
      issues.push(
        ...checked.error.issues.map((issue) => ({ ...issue, path: ['recorders', name, ...issue.path] })),
      )
  }
  return { recorders, issues }
}
