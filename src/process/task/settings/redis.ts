/**
 * Settings that several instances share: JSON in a key of Redis.
 *
 * The key is read every five seconds. Keyspace notifications would tell of a change at once, but they are off in a Redis as it
 * comes, often cannot be switched on where it is rented, and may get lost: polling would be needed beside them.
 */
import { MetricsError } from '../../../utils/index.ts'
import { connectRedis, type RedisOptions } from '../connections/redis.ts'
import type { SettingsStore } from './store.ts'

/** Options of `settingsInRedis`. */
export type RedisSettingsOptions = RedisOptions & {
  /** @default 'treering:settings' */
  readonly key?: string | undefined
  /** @default 5 s */
  readonly pollMs?: number | undefined
}

const POLL_MS = 5_000

/** A key of Redis as a store of settings. */
export function settingsInRedis(options: RedisSettingsOptions): SettingsStore {
  const { key = 'treering:settings', pollMs = POLL_MS } = options
  const redis = connectRedis(options)
  const name = `redis key ${key}`
  return {
    name,
    pollMs,
    async read() {
      const text = await redis.send(['GET', key])
      return text === null ? undefined : parseJson(String(text), name)
    },
    async write(document) {
      await redis.send(['SET', key, JSON.stringify(document)])
    },
    close: () => redis.close(),
  }
}

/** @throws MetricsError `invalid` */
function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new MetricsError('invalid', `invalid settings in ${name}: it is no JSON`, { cause: error })
  }
}
