/**
 * Settings that several instances share: a row of PostgreSQL.
 *
 * A change from any instance is notified and known to all at once; a change by hand, and whatever was said while a
 * connection was lost, within the ten seconds of a poll.
 */
import { errnoOf, type MetricsError } from '../../../utils/index.ts'
import { connectPostgres, type PostgresOptions } from '../connections/postgres.ts'
import { checkedTable } from '../connections/table.ts'
import type { SettingsStore } from './store.ts'

/** Options of `settingsInPostgres`. */
export type PostgresSettingsOptions = PostgresOptions & {
  /** `table` or `schema.table`; made at the first change. @default 'treering_task_settings' */
  readonly table?: string | undefined
  /** Which row. @default 'default' */
  readonly row?: string | undefined
  /** @default 10 s */
  readonly pollMs?: number | undefined
}

const POLL_MS = 10_000
/** What is told is no more than that something changed: all rows and tables share the channel. */
const CHANNEL = 'treering_task_settings'
const NO_TABLE = '42P01'

/** A row of PostgreSQL as a store of settings. */
export function settingsInPostgres(options: PostgresSettingsOptions): SettingsStore {
  const { row = 'default', pollMs = POLL_MS } = options
  const table = checkedTable(options.table ?? 'treering_task_settings')
  const postgres = connectPostgres(options)
  const create = `CREATE TABLE IF NOT EXISTS ${table} (name text PRIMARY KEY, settings jsonb NOT NULL)`
  const write = `WITH written AS (INSERT INTO ${table} (name, settings) VALUES ($1, $2::jsonb)
    ON CONFLICT (name) DO UPDATE SET settings = excluded.settings RETURNING name)
    SELECT pg_notify('${CHANNEL}', name) FROM written`
  return {
    name: `postgres row ${row} of ${table}`,
    pollMs,
    async read() {
      try {
        const { rows } = await postgres.query(`SELECT settings FROM ${table} WHERE name = $1`, [row])
        return rows[0]?.settings
      } catch (error) {
        if (stateOf(error) === NO_TABLE) return undefined
        throw error
      }
    },
    async write(document) {
      const params = [row, JSON.stringify(document)]
      try {
        await postgres.query(write, params)
      } catch (error) {
        if (stateOf(error) !== NO_TABLE) throw error
        await postgres.query(create, []).catch(() => {})
        await postgres.query(write, params)
      }
    },
    listen: (changed) => postgres.listen(CHANNEL, changed),
    close: () => postgres.close(),
  }
}

/** The SQLSTATE. */
function stateOf(error: unknown): string | undefined {
  return errnoOf((error as MetricsError).cause)
}
