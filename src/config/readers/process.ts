/** `type: process`: this process itself, as a source and as a monitored task. */
import * as z from 'zod/mini'
import { flag, interval, keys } from '../schema.ts'
import { taskKeys, taskOf } from './task.ts'

const LEAST_MS = 1000

export const processReader = z.pipe(
  keys({
    type: z.literal('process'),
    interval: interval(LEAST_MS),
    runtime_stats: flag,
    go_names: flag,
    ...taskKeys,
  }),
  z.transform(
    ({ type, interval: intervalMs, runtime_stats: runtime, go_names: goNames, ...map }, context) => ({
      type,
      ...(intervalMs === undefined ? {} : { intervalMs }),
      ...(runtime === undefined ? {} : { runtime }),
      ...(goNames === undefined ? {} : { goNames }),
      task: taskOf(map, (key, message) =>
        context.issues.push({ code: 'custom', path: [key], message, input: map }),
      ),
    }),
  ),
)
