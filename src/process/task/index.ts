/**
 * A process as a monitored task: one of several instances, each with a number of its own, that flush their metrics.
 *
 * ```ts
 * const task = new State({
 *   target: { serviceName: 'shop', jobName: 'web', dataCenter: 'eu', hostName: 'a1' },
 *   taskNumAllocator: fileTaskNumbers({ dir: '/var/lib/shop/tasks' }),
 *   settings: { enabled: true, flush_interval: '30s' },
 *   metrics, send,
 * }).start()
 * await task.stop()
 * ```
 *
 * @module
 */
export { type Clock, SYSTEM_CLOCK } from './clock.ts'
export type { PostgresOptions, PostgresQuery } from './connections/postgres.ts'
export type { RedisOptions, RedisSend } from './connections/redis.ts'
export type { Flushable, Send, TableRow, TableValue } from './flushable.ts'
export type { FlushOutcome } from './flushloop.ts'
export {
  DEFAULT_TARGET,
  type OpenTaskOptions,
  openTask,
  type SettingsFromOptions,
  type TaskNumbersOptions,
  type TaskOptions,
} from './open.ts'
export type { StateOptions, TaskStatus } from './options.ts'
export { TASK_DOCS, type TaskRoutesOptions, taskRoutes } from './routes.ts'
export type { LiveSettings } from './settings/live.ts'
export { type PostgresSettingsOptions, settingsInPostgres } from './settings/postgres.ts'
export { type RedisSettingsOptions, settingsInRedis } from './settings/redis.ts'
export {
  DEFAULT_SETTINGS,
  parseSetting,
  parseSettings,
  SETTINGS_KEYS,
  type SettingsLimits,
  settingsDocument,
  type TaskSettings,
} from './settings/settings.ts'
export { type SettingsStore, settingsInFile, settingsInMemory } from './settings/store.ts'
export { State } from './state.ts'
export { labelsOf, type TargetJson, type TaskIdentity, type TaskTarget } from './target.ts'
export {
  DEFAULT_LEASE_MS,
  MAX_TASKS,
  NoTaskNumberError,
  type TaskNumAllocator,
} from './tasknumbers/allocator.ts'
export { type FileTaskNumbersOptions, fileTaskNumbers } from './tasknumbers/file.ts'
export { type MemoryTaskNumbersOptions, memoryTaskNumbers } from './tasknumbers/memory.ts'
export { type PostgresTaskNumbersOptions, postgresTaskNumbers } from './tasknumbers/postgres.ts'
export { type RedisTaskNumbersOptions, redisTaskNumbers } from './tasknumbers/redis.ts'
