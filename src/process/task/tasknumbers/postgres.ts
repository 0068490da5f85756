/**
 * Task numbers of processes on several machines, in a table of PostgreSQL.
 *
 * Each thing is one statement of its own, so it works through any pool; the table's two unique keys decide between statements that run
 * at one time, and the one that loses is tried again. Leases are counted on the server's clock, at the moment a row is seen
 * (`clock_timestamp()`): the beginning of a statement that had to wait may be long ago.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { errnoOf, type MetricsError } from '../../../utils/index.ts'
import { connectPostgres, type PostgresOptions } from '../connections/postgres.ts'
import { checkedTable } from '../connections/table.ts'
import { keyOf } from '../target.ts'
import { DEFAULT_LEASE_MS, MAX_TASKS, type TaskNumAllocator, withinLimit } from './allocator.ts'
import { type Holder, LeasedTaskNumbers } from './leased.ts'

/** Options of `postgresTaskNumbers`. */
export type PostgresTaskNumbersOptions = PostgresOptions & {
  /** `table` or `schema.table`; made when it is not there. @default 'treering_task_numbers' */
  readonly table?: string | undefined
  /** @default 30 minutes */
  readonly leaseMs?: number | undefined
}

type Rows = readonly Readonly<Record<string, unknown>>[]

/** Waits before a statement that lost against another is tried again; a random part of it. */
const RETRY_MS = 20
/** Rows of identities that nobody uses any more are deleted after so long. */
const FORGET = "interval '1 day'"
/** SQLSTATE: unique violation, serialization failure, deadlock, table exists, its type exists. */
const LOST = new Set(['23505', '40001', '40P01', '42P07', '42710'])
const NO_TABLE = '42P01'

/** An allocator in PostgreSQL. */
export function postgresTaskNumbers(options: PostgresTaskNumbersOptions): TaskNumAllocator {
  const { leaseMs = DEFAULT_LEASE_MS } = options
  const table = checkedTable(options.table ?? 'treering_task_numbers')
  const postgres = connectPostgres(options)
  const until = `clock_timestamp() + $3::float8 * interval '1 millisecond'`

  const create = `CREATE TABLE IF NOT EXISTS ${table} (
    task text NOT NULL, number integer NOT NULL, instance text NOT NULL, lease_end timestamptz NOT NULL,
    claim text NOT NULL DEFAULT '',
    PRIMARY KEY (task, number), UNIQUE (task, instance))`
  const lengthen = (set: string, where: string) => `UPDATE ${table} SET lease_end = ${until}${set}
    WHERE task = $1 AND instance = $2 AND lease_end > clock_timestamp()${where} RETURNING number`
  const own = lengthen(', claim = $4', '')
  const forget = `DELETE FROM ${table} WHERE (task = $1 AND instance = $2 AND lease_end <= clock_timestamp())
    OR lease_end < clock_timestamp() - ${FORGET}`
  const insert = `INSERT INTO ${table} AS held (task, number, instance, claim, lease_end)
    SELECT $1, free.n, $2, $4, ${until} FROM generate_series(0, ${MAX_TASKS}) AS free (n)
    WHERE NOT EXISTS (SELECT 1 FROM ${table} taken
      WHERE taken.task = $1 AND taken.number = free.n AND taken.lease_end > clock_timestamp())
    ORDER BY free.n LIMIT 1
    ON CONFLICT (task, number) DO UPDATE SET instance = excluded.instance, claim = excluded.claim, lease_end = ${until}
      WHERE held.lease_end <= clock_timestamp()
    RETURNING number`
  const renew = lengthen('', ' AND number = $4')
  const release = `DELETE FROM ${table} WHERE task = $1 AND instance = $2 AND claim = $3`

  /** The rows of a statement; undefined when another one was faster. Makes the table when there is none. */
  async function attempt(sql: string, params: unknown[]): Promise<Rows | undefined> {
    try {
      return (await postgres.query(sql, params)).rows
    } catch (error) {
      const state = errnoOf((error as MetricsError).cause) ?? ''
      if (state === NO_TABLE && sql !== create) await attempt(create, [])
      else if (!LOST.has(state)) throw error
      return undefined
    }
  }

  async function run(sql: string, params: unknown[], signal: AbortSignal): Promise<Rows> {
    for (;;) {
      const rows = await attempt(sql, params)
      if (rows !== undefined) return rows
      await sleep(Math.random() * RETRY_MS, undefined, { signal })
    }
  }

  async function take({ task, instanceId, claim }: Holder, signal: AbortSignal): Promise<number> {
    const instance = [keyOf(task), instanceId]
    for (;;) {
      const [had] = await run(own, [...instance, leaseMs, claim], signal)
      if (had !== undefined) return had.number as number
      await run(forget, instance, signal)
      signal.throwIfAborted()
      const [taken] = (await attempt(insert, [...instance, leaseMs, claim])) ?? []
      if (taken !== undefined) return taken.number as number
      await sleep(Math.random() * RETRY_MS, undefined, { signal })
    }
  }
  const giveBack = ({ task, instanceId, claim }: Holder, signal: AbortSignal) =>
    run(release, [keyOf(task), instanceId, claim], signal)

  return new LeasedTaskNumbers(
    {
      async claim(holder, signal) {
        const number = await take(holder, signal)
        if (number >= MAX_TASKS) await giveBack(holder, signal)
        return withinLimit(number)
      },
      async renew({ task, instanceId }, number, signal) {
        const rows = await run(renew, [keyOf(task), instanceId, leaseMs, number], signal)
        return rows.length > 0
      },
      release: async (holder, signal) => void (await giveBack(holder, signal)),
      close: () => postgres.close(),
    },
    leaseMs,
  )
}
