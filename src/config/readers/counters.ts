/** `type: counters`: counters files of other programs: one, several, or all of a directory. */
import * as z from 'zod/mini'
import { interval, keys, text } from '../schema.ts'

export const countersReader = z.pipe(
  keys({
    type: z.literal('counters'),
    interval: interval(100),
    file: text,
    files: z.optional(z.array(z.string('expected a text'), 'expected a list of files')),
    directory: text,
  }).check((context) => {
    const given = (['file', 'files', 'directory'] as const).filter((key) => context.value[key] !== undefined)
    if (given.length > 1)
      context.issues.push({
        code: 'custom',
        path: [given[1]!],
        message: `give one of file, files and directory, not ${given.join(' and ')}`,
        input: context.value,
      })
  }),
  z.transform(
    ({ interval: intervalMs, file, files = file === undefined ? undefined : [file], ...options }) => ({
      ...options,
      ...(files === undefined ? {} : { files }),
      ...(intervalMs === undefined ? {} : { intervalMs }),
    }),
  ),
)
