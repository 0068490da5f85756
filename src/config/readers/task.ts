/** The keys of a process as a monitored task: a part of the reader `process`. */
import * as z from 'zod/mini'
import {
  DEFAULT_LEASE_MS,
  parseSetting,
  parseSettings,
  SETTINGS_KEYS,
  type SettingsFromOptions,
  type TaskNumbersOptions,
  type TaskOptions,
} from '../../process/task/index.ts'
import { messageOf, parseDuration } from '../../utils/index.ts'
import { flag, interval, keys, text, typeFault } from '../schema.ts'

/** The shortest lease that a configuration may give: three flushes of the shortest interval. */
const LEAST_LEASE_MS = 30_000

const lease = interval(LEAST_LEASE_MS)
const redisUrl = url(
  /^(?:rediss?:\/\/|\/)\S+$/,
  'redis://HOST:PORT, rediss://HOST:PORT or the path of a socket',
)
const postgresUrl = url(/^postgres(?:ql)?:\/\/\S*$/, 'postgres://USER@HOST:PORT/DATABASE')
const directory = z.optional(
  z
    .string('expected a text')
    .check(
      z.regex(
        /^\//,
        'expected an absolute path, such as /var/lib/shop/tasks: all instances must mean the same',
      ),
    ),
)

/** The keys, to be spread into the map of a reader. What they say is read by `taskOf`. */
export const taskKeys = {
  ...settingKeys(),
  target: z.optional(keys({ service_name: text, job_name: text, data_center: text, host_name: text })),
  instance_id: text,
  dev_mode: flag,
  task_numbers: z.optional(
    byType<TaskNumbersOptions>({
      none: keys({ type: z.literal('none') }),
      memory: keys({ type: z.literal('memory'), lease }),
      file: keys({ type: z.literal('file'), lease, dir: directory }),
      redis: keys({ type: z.literal('redis'), lease, url: redisUrl, prefix: text }),
      postgres: keys({ type: z.literal('postgres'), lease, url: postgresUrl, table: text }),
    }),
  ),
  settings: z.optional(
    byType<SettingsFromOptions>({
      file: keys({ type: z.literal('file') }),
      redis: keys({ type: z.literal('redis'), url: redisUrl, key: text }),
      postgres: keys({ type: z.literal('postgres'), url: postgresUrl, table: text, row: text }),
    }),
  ),
}

/** What the keys say, once each is lawful. */
export type TaskMap = z.output<z.ZodMiniObject<typeof taskKeys>>

/**
 * The options of a task. What only two keys together can be wrong in is told by `fault`.
 *
 * @param fault Called with the key and the sentence for each.
 */
export function taskOf(map: TaskMap, fault: (key: string, message: string) => void = () => {}): TaskOptions {
  const settings = Object.fromEntries(
    SETTINGS_KEYS.filter((key) => key in map).map((key) => [key, (map as Record<string, unknown>)[key]]),
  )
  try {
    parseSettings(settings, { leaseMs: leaseOf(map.task_numbers) })
  } catch (error) {
    // The key is at the beginning of each: the first one tells where to look.
    const [, key, message] = /^invalid settings: (\w+): (.*)$/.exec(messageOf(error)) ?? []
    fault(key ?? 'enabled', message ?? messageOf(error))
  }
  const { target } = map
  return {
    settings,
    isDevMode: map.dev_mode,
    instanceId: map.instance_id,
    settingsFrom: map.settings,
    taskNumbers: map.task_numbers,
    target: target && {
      serviceName: target.service_name,
      jobName: target.job_name,
      dataCenter: target.data_center,
      hostName: target.host_name,
    },
  }
}

function leaseOf(numbers: TaskNumbersOptions | undefined): number | undefined {
  return numbers?.type === 'none' ? undefined : (numbers?.leaseMs ?? DEFAULT_LEASE_MS)
}

function settingKeys() {
  return Object.fromEntries(SETTINGS_KEYS.map((key) => [key, setting(key)]))
}

/** Any value that this setting may have, as it stands. */
function setting(key: string) {
  return z.optional(
    z.pipe(
      z.unknown(),
      z.transform((value, context) => {
        try {
          // How long it may be hangs on the lease: that is looked at with all keys.
          if (key === 'flush_interval' && typeof value === 'string') parseDuration(value)
          else parseSetting(key, value)
        } catch (error) {
          context.issues.push({ code: 'custom', message: messageOf(error), input: value })
        }
        return value
      }),
    ),
  )
}

/** A map whose `type` says which further keys it has. `lease` becomes `leaseMs`. */
function byType<T>(types: Readonly<Record<string, z.ZodMiniType>>) {
  const known = Object.keys(types)
  return z.pipe(
    z.record(z.string(), z.unknown(), `expected a map with type: ${known.join(', ')}`),
    z.transform((map, context): T => {
      const { type } = map
      const fault = typeFault(type, known)
      if (fault !== undefined) {
        context.issues.push({ code: 'custom', message: fault, input: map })
        return z.NEVER
      }
      const checked = types[type as string]!.safeParse(map)
      if (!checked.success) {
        for (const issue of checked.error.issues) context.issues.push(issue as z.core.$ZodRawIssue)
        return z.NEVER
      }
      const { lease: leaseMs, ...rest } = checked.data as { lease?: number }
      return (leaseMs === undefined ? rest : { ...rest, leaseMs }) as T
    }),
  )
}

/** Its value is not in the message: it may hold a password. */
function url(pattern: RegExp, form: string) {
  return z.string(`is missing: expected ${form}`).check(z.regex(pattern, `expected ${form}`))
}
