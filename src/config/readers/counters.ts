/** `type: counters`: counters files of other programs: one, several, or all of a directory. */
import { basename } from 'node:path'
import * as z from 'zod/mini'
import { countersPath } from '../../counters/index.ts'
import { messageOf } from '../../utils/index.ts'
import { resolvePath } from '../config.ts'
import { interval, keys, path } from '../schema.ts'

/** The schema; `from` is the folder that relative files are below. */
export function countersReader(from: string) {
  const file = z.pipe(
    z.string('expected a text'),
    z.transform((given: string) => (given.includes('/') ? resolvePath(given, from) : given)),
  )
  return z.pipe(
    keys({
      type: z.literal('counters'),
      interval: interval(100),
      file: z.optional(file),
      files: z.optional(z.array(file, 'expected a list of files')),
      directory: path(from),
    }).check((context) => {
      const given = (['file', 'files', 'directory'] as const).filter(
        (key) => context.value[key] !== undefined,
      )
      if (given.length > 1)
        context.issues.push({
          code: 'custom',
          path: [given[1]!],
          message: `give one of file, files and directory, not ${given.join(' and ')}`,
          input: context.value,
        })
      for (const { path, message } of faultsOf(context.value))
        context.issues.push({ code: 'custom', path, message, input: context.value })
    }),
    z.transform(
      ({ interval: intervalMs, file, files = file === undefined ? undefined : [file], ...options }) => ({
        ...options,
        ...(files === undefined ? {} : { files }),
        ...(intervalMs === undefined ? {} : { intervalMs }),
      }),
    ),
  )
}

/** What the source would refuse: names that are none, and two files that would have one name. */
function faultsOf(given: {
  file?: string | undefined
  files?: string[] | undefined
  directory?: string | undefined
}): { path: (string | number)[]; message: string }[] {
  const faults: { path: (string | number)[]; message: string }[] = []
  const pathOf = (file: string, path: (string | number)[]) => {
    try {
      return countersPath(file)
    } catch (error) {
      faults.push({ path, message: messageOf(error) })
      return undefined
    }
  }
  if (given.file !== undefined) pathOf(given.file, ['file'])
  const byName = new Map<string, string>()
  for (const [i, file] of (given.files ?? []).entries()) {
    const path = pathOf(file, ['files', i])
    if (path === undefined) continue
    const name = basename(path)
    if ((byName.get(name) ?? path) !== path)
      faults.push({ path: ['files', i], message: `another file is called ${JSON.stringify(name)} too` })
    else byName.set(name, path)
  }
  const { directory } = given
  if (directory !== undefined && (directory === '' || directory.includes('\0')))
    faults.push({
      path: ['directory'],
      message: `${JSON.stringify(directory)} is not the name of a directory`,
    })
  return faults
}
