/** `type: system_info`: this machine. */
import * as z from 'zod/mini'
import { MetricsError } from '../../utils/index.ts'
import { flag, interval, keys, parsed } from '../schema.ts'

function parseMount(text: string): string {
  if (text.startsWith('/')) return text
  throw new MetricsError(
    'invalid',
    `invalid mount point ${JSON.stringify(text)}: expected an absolute path, such as /mnt/nas`,
  )
}

export const systemInfoReader = z.pipe(
  keys({
    type: z.literal('system_info'),
    interval: interval(1000),
    cpu: flag,
    memory: flag,
    disk: flag,
    network: flag,
    sensors: flag,
    mounts: z.optional(z.array(parsed(parseMount), 'expected a list of paths')),
  }),
  z.transform(({ interval: intervalMs, ...options }) => ({
    ...options,
    ...(intervalMs === undefined ? {} : { intervalMs }),
  })),
)
