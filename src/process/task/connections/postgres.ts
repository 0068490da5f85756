/** The one place that knows a PostgreSQL client. It is loaded when the first statement is sent. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, Pool } from 'pg'
import { errnoOf, MetricsError, messageOf } from '../../../utils/index.ts'

/** Runs one statement with `$1 …`. With a client of one's own: `(sql, params) => pool.query(sql, params)`. */
export type PostgresQuery = (
  sql: string,
  params: unknown[],
) => Promise<{ readonly rows: readonly Record<string, unknown>[] }>

/** Where PostgreSQL is: a URL (`postgres://…`; what it leaves out comes from `PGHOST` and its like), or a client that is there already. */
export type PostgresOptions = { readonly url: string } | { readonly query: PostgresQuery }

/** A way to PostgreSQL. */
export interface PostgresConnection {
  /** @throws MetricsError `unavailable`, without the URL; its `cause` has the SQLSTATE as `code`. */
  readonly query: PostgresQuery
  /** Calls back at each notification on a channel, while there is a connection. Does nothing with a client that was given. */
  listen(channel: string, notified: () => void): void
  /** Ends the connections; a client that was given stays. */
  close(): Promise<void>
}

const CONNECT_MS = 5_000
const STATEMENT_MS = 10_000
/** An unused connection is given back to the server: heartbeats are minutes apart. */
const IDLE_MS = 20_000
/** Between two attempts to listen again. */
const LISTEN_RETRY_MS = 5_000

/** Nothing is connected before the first statement. */
export function connectPostgres(options: PostgresOptions): PostgresConnection {
  if ('query' in options) {
    return { query: (sql, params) => unavailable(options.query(sql, params)), listen() {}, async close() {} }
  }
  const config = {
    connectionString: options.url,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS,
    application_name: 'treering',
    keepAlive: true,
  }
  const stop = new AbortController()
  let pool: Promise<Pool> | undefined
  let listener: Client | undefined

  async function open(): Promise<Pool> {
    const { Pool } = await load()
    const opened = new Pool({ ...config, max: 2, idleTimeoutMillis: IDLE_MS, allowExitOnIdle: true })
    // Of connections that end while nobody uses them; the next statement opens another.
    opened.on('error', () => {})
    return opened
  }

  async function listenOnce(channel: string, notified: () => void): Promise<void> {
    const { Client } = await load()
    const client = new Client(config)
    listener = client
    // Not by `once`, which rejects for an error that comes before anybody waits for it: that would end the process.
    const ended = new Promise<void>((resolve) => client.once('end', resolve))
    client.on('error', () => {})
    client.on('notification', notified)
    try {
      await client.connect()
      await client.query(`LISTEN "${channel}"`)
      // Something may have been said while nobody listened.
      notified()
      if (!stop.signal.aborted) await ended
    } finally {
      client.end().catch(() => {})
    }
  }

  async function listen(channel: string, notified: () => void): Promise<void> {
    while (!stop.signal.aborted) {
      await listenOnce(channel, notified).catch(() => {})
      await sleep(LISTEN_RETRY_MS, undefined, { ref: false, signal: stop.signal }).catch(() => {})
    }
  }

  return {
    query: (sql, params) => {
      pool ??= open()
      return unavailable(pool.then((opened) => opened.query(sql, params)))
    },
    listen: (channel, notified) => void listen(channel, notified),
    async close() {
      stop.abort()
      const ends = [listener?.end(), pool?.then((opened) => opened.end())]
      await Promise.allSettled(ends)
    },
  }
}

/** Of a bundled CommonJS package a dynamic import gives the default alone. */
async function load(): Promise<typeof import('pg')> {
  const module = await import('pg')
  return 'Client' in module ? module : (module as { default: typeof import('pg') }).default
}

async function unavailable<T>(result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    const code = errnoOf(error)
    const reason = messageOf(error) + (code === undefined ? '' : ` (${code})`)
    throw new MetricsError('unavailable', `postgres: ${reason}`, { cause: error })
  }
}
