/**
 * Task numbers of processes on several machines, in Redis.
 *
 * Each identity has three keys in one slot of a cluster: `…:numbers`, a hash instance → number, `…:leases`, a sorted set instance →
 * end of the lease on Redis's clock, and `…:claims`, a hash instance → by which claim it has its number. One script does each thing at one stroke, so two instances never see the same gap.
 *
 * A Redis that forgets (a restart without its data, an eviction, a failover that lost the last writes) may give a number anew while its
 * holder has not yet asked again; that holder loses it at its next heartbeat. Where this matters, PostgreSQL does not forget.
 */
import { createHash } from 'node:crypto'
import { connectRedis, type RedisOptions } from '../connections/redis.ts'
import { keyOf } from '../target.ts'
import { DEFAULT_LEASE_MS, MAX_TASKS, type TaskNumAllocator, withinLimit } from './allocator.ts'
import { type Holder, LeasedTaskNumbers } from './leased.ts'

/** Options of `redisTaskNumbers`. */
export type RedisTaskNumbersOptions = RedisOptions & {
  /** Of all keys. @default 'treering:task' */
  readonly prefix?: string | undefined
  /** @default 30 minutes */
  readonly leaseMs?: number | undefined
}

/** All keys go when all have been silent for so many leases. */
const LEASES_KEPT = 2

const NOW = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function lease()
  redis.call('ZADD', KEYS[2], string.format('%.0f', now + ARGV[2]), ARGV[1])
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[2] * ${LEASES_KEPT}) end
end
`

const CLAIM = `${NOW}
for _, instance in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now))) do
  redis.call('HDEL', KEYS[1], instance)
  redis.call('ZREM', KEYS[2], instance)
  redis.call('HDEL', KEYS[3], instance)
end
local number = redis.call('HGET', KEYS[1], ARGV[1])
if not number then
  local used = {}
  for _, taken in ipairs(redis.call('HVALS', KEYS[1])) do used[tonumber(taken)] = true end
  number = 0
  while used[number] do number = number + 1 end
  if number >= ${MAX_TASKS} then return number end
  redis.call('HSET', KEYS[1], ARGV[1], number)
end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[3])
lease()
return tonumber(number)`

const RENEW = `${NOW}
local untilMs = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1]) or 0)
if untilMs <= now or redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[3] then return 0 end
lease()
return 1`

const RELEASE = `if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[3] then return 0 end
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])`

/** An allocator in Redis. */
export function redisTaskNumbers(options: RedisTaskNumbersOptions): TaskNumAllocator {
  const { prefix = 'treering:task', leaseMs = DEFAULT_LEASE_MS } = options
  const redis = connectRedis(options)

  async function run(script: string, { task, instanceId }: Holder, arg: string): Promise<number> {
    const name = createHash('sha256').update(keyOf(task)).digest('hex').slice(0, 32)
    const keys = ['numbers', 'leases', 'claims'].map((kind) => `${prefix}:{${name}}:${kind}`)
    return Number(await redis.send(['EVAL', script, '3', ...keys, instanceId, String(leaseMs), arg]))
  }

  return new LeasedTaskNumbers(
    {
      claim: async (holder) => withinLimit(await run(CLAIM, holder, holder.claim)),
      renew: async (holder, number) => (await run(RENEW, holder, String(number))) === 1,
      release: async (holder) => void (await run(RELEASE, holder, holder.claim)),
      close: () => redis.close(),
    },
    leaseMs,
  )
}
