/** The one place that knows a Redis client. It is loaded when the first command is sent. */
import type { Redis } from 'ioredis'
import { MetricsError, messageOf } from '../../../utils/index.ts'

/** Sends one command, its name first. With a client of one's own: `([name, ...args]) => client.call(name, ...args)`. */
export type RedisSend = (command: readonly string[]) => Promise<unknown>

/** Where Redis is: a URL (`redis://`, `rediss://`, or the path of a socket), or a client that is there already. */
export type RedisOptions = { readonly url: string } | { readonly send: RedisSend }

/** A way to Redis. */
export interface RedisConnection {
  /** @throws MetricsError `unavailable`, without the URL: it may hold a password. */
  readonly send: RedisSend
  /** Ends the connection; a client that was given stays. */
  close(): Promise<void>
}

const CONNECT_MS = 5_000
/** Between two attempts to connect again. */
const MAX_RETRY_MS = 5_000

/** Nothing is connected before the first command. A command that cannot be sent now fails; it never waits for the server to come back. */
export function connectRedis(options: RedisOptions): RedisConnection {
  if ('send' in options) return { send: (command) => unavailable(options.send(command)), async close() {} }
  const { url } = options
  let opening: Promise<Redis> | undefined
  let closed = false
  /** Why there is no connection now. */
  let cause: Error | undefined

  async function open(): Promise<Redis> {
    const { Redis: Client } = await import('ioredis').then((module) =>
      // Of a bundled CommonJS package a dynamic import gives the default alone.
      'Redis' in module ? module : (module as { default: typeof import('ioredis') }).default,
    )
    const client = new Client(url, {
      lazyConnect: true,
      connectTimeout: CONNECT_MS,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      keepAlive: 30_000,
      retryStrategy: (attempt) => Math.min(attempt * 200, MAX_RETRY_MS),
    })
    // Without a listener the client would write to the console. A command that cannot be sent says only that; the cause was told here.
    client.on('error', (error) => {
      cause = error
    })
    client.on('ready', () => {
      cause = undefined
    })
    await client.connect().catch(() => {})
    if (closed) client.disconnect()
    return client
  }

  return {
    send: ([name = '', ...args]) => {
      opening ??= open()
      return unavailable(opening.then((client) => client.call(name, ...args))).catch((error) => {
        throw cause === undefined ? error : told(cause)
      })
    },
    async close() {
      closed = true
      // Not waited for where it cannot connect: it ends itself then.
      opening?.then(
        (client) => client.disconnect(),
        () => {},
      )
    },
  }
}

async function unavailable<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply
  } catch (error) {
    throw told(error)
  }
}

function told(error: unknown): MetricsError {
  return new MetricsError('unavailable', `redis: ${messageOf(error)}`, { cause: error })
}
