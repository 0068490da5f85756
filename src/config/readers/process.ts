/** `type: process`: this process itself, as a source and as a monitored task. */
import * as z from 'zod/mini'
import type { TaskOptions } from '../../process/task/index.ts'
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
      ...written(
        taskOf(map, (key, message) =>
          context.issues.push({ code: 'custom', path: [key], message, input: map }),
        ),
      ),
    }),
  ),
)

/** A task without what was not written; nothing where that is all of it. */
function written(task: TaskOptions): { task?: TaskOptions } {
  const said = Object.entries(task).filter(
    ([key, value]) => value !== undefined && !(key === 'settings' && Object.keys(value).length === 0),
  )
  return said.length === 0 ? {} : { task: Object.fromEntries(said) as TaskOptions }
}
