/** The types that a recorder may have, each with the keys it allows and the settings that come of them. */
import type * as z from 'zod/mini'
import { SOURCE_NAME } from '../../period/index.ts'
import type { RecorderSettings } from '../../recorders/index.ts'
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
      fault('a name is 1 to 64 of A-Z a-z 0-9 _ -: it is a folder of the spool and a label')
      continue
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      fault('expected a map of type and its keys')
      continue
    }
    const type = (value as { type?: unknown }).type
    if (typeof type !== 'string' || !Object.hasOwn(RECORDER_TYPES, type)) {
      const reason = type === undefined ? 'is missing' : `${JSON.stringify(type)} is not known`
      fault(
        `type ${reason}: allowed are ${Object.keys(RECORDER_TYPES).join(', ')}`,
        type === undefined ? [] : ['type'],
      )
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
