/** A task from its options as they stand in a configuration: the right allocator and the right store of settings. */
import type { StateOptions } from './options.ts'
import { type PostgresSettingsOptions, settingsInPostgres } from './settings/postgres.ts'
import { type RedisSettingsOptions, settingsInRedis } from './settings/redis.ts'
import { type SettingsStore, settingsInFile } from './settings/store.ts'
import { State } from './state.ts'
import type { TaskIdentity } from './target.ts'
import type { TaskNumAllocator } from './tasknumbers/allocator.ts'
import { fileTaskNumbers } from './tasknumbers/file.ts'
import { memoryTaskNumbers } from './tasknumbers/memory.ts'
import { postgresTaskNumbers } from './tasknumbers/postgres.ts'
import { redisTaskNumbers } from './tasknumbers/redis.ts'

/** Who gives task numbers: `none` is number 0 always, for a host name that no other instance has. */
export type TaskNumbersOptions = { readonly leaseMs?: number | undefined } & (
  | { readonly type: 'none' | 'memory' }
  | { readonly type: 'file'; readonly dir?: string | undefined }
  | { readonly type: 'redis'; readonly url: string; readonly prefix?: string | undefined }
  | { readonly type: 'postgres'; readonly url: string; readonly table?: string | undefined }
)

/** Where settings come from beside the configuration; `file` is nowhere. */
export type SettingsFromOptions =
  | { readonly type: 'file' }
  | ({ readonly type: 'redis' } & Extract<RedisSettingsOptions, { url: string }>)
  | ({ readonly type: 'postgres' } & Extract<PostgresSettingsOptions, { url: string }>)

/** A task as it stands in a configuration. */
export interface TaskOptions {
  /** What is left out is `DEFAULT_TARGET`'s. */
  readonly target?: Partial<{ readonly [K in keyof TaskIdentity]: string | undefined }> | undefined
  readonly instanceId?: string | undefined
  readonly isDevMode?: boolean | undefined
  /** Settings by key. */
  readonly settings?: object | undefined
  /** @default file */
  readonly settingsFrom?: SettingsFromOptions | undefined
  /** @default file */
  readonly taskNumbers?: TaskNumbersOptions | undefined
}

/** What a task needs beside its options. */
export interface OpenTaskOptions
  extends Pick<StateOptions, 'metrics' | 'send' | 'beforeFlush' | 'components' | 'destinations' | 'log'> {
  /** Of this machine: the target's `hostName` where the options name none. */
  readonly hostName: string
}

/** What a target is called where nothing is said. */
export const DEFAULT_TARGET = { serviceName: 'treering', jobName: 'treering', dataCenter: 'default' } as const

/** Makes a task; nothing is connected before it starts. @throws MetricsError `invalid` */
export function openTask(task: TaskOptions, { hostName, ...options }: OpenTaskOptions): State {
  const given = Object.fromEntries(Object.entries(task.target ?? {}).filter(([, text]) => text !== undefined))
  return new State({
    ...options,
    target: { ...DEFAULT_TARGET, hostName, ...given },
    instanceId: task.instanceId,
    isDevMode: task.isDevMode,
    settings: task.settings,
    settingsStore: openSettings(task.settingsFrom ?? { type: 'file' }),
    taskNumAllocator: openTaskNumbers(task.taskNumbers ?? { type: 'file' }),
  })
}

function openSettings(from: SettingsFromOptions): SettingsStore {
  if (from.type === 'redis') return settingsInRedis(from)
  if (from.type === 'postgres') return settingsInPostgres(from)
  return settingsInFile()
}

function openTaskNumbers(numbers: TaskNumbersOptions): TaskNumAllocator | undefined {
  switch (numbers.type) {
    case 'none':
      return undefined
    case 'memory':
      return memoryTaskNumbers(numbers)
    case 'file':
      return fileTaskNumbers(numbers)
    case 'redis':
      return redisTaskNumbers(numbers)
    case 'postgres':
      return postgresTaskNumbers(numbers)
  }
}
