/** The only wiring: sources → pollers → app → server. The command line and the tests call the same `init`. */
import { accessSync, constants } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { type Config, DEFAULT_CONFIG } from './config/index.ts'
import { isLoopbackName } from './http/guard.ts'
import { acceptUpgrades } from './http/upgrade.ts'
import { lockFolder } from './lock.ts'
import { type AnyPoller, type AnySource, type RequestEnv, withPeriods } from './period/index.ts'
import { Readers } from './readers.ts'
import { createApp } from './server.ts'
import { errnoOf, type Log, MetricsError, makeFolder, messageOf, SILENT } from './utils/index.ts'
import { VERSION } from './version.ts'

/** Bytes of a request's line and headers together. */
const MAX_HEADER_BYTES = 16 * 1024
/** Connections beside the WebSockets, for requests. */
const REQUEST_CONNECTIONS = 1000
/** A token under this length is warned of. */
const SHORT_TOKEN = 16
/** How long sockets may take to answer their close frame. */
const CLOSE_MS = 500

/** What `init` is given beside the configuration. */
export interface InitOptions {
  /** Sources of an embedding program, polled and served like the built-in ones. */
  readonly sources?: readonly AnySource[]
  /** @default says nothing */
  readonly log?: Log
}

/** A running treering. */
export interface Treering {
  /** Answers a request without a socket in between. */
  fetch(request: Request): Response | Promise<Response>
  /** `http://HOST:PORT`, the port as it was picked. */
  readonly url: string
  readonly pollers: readonly AnyPoller[]
  /** Ends polling, saves, closes sockets with 1001, and returns when all have ended: whether every history was saved. */
  close(): Promise<boolean>
}

/**
 * Starts polling and serving.
 *
 * @throws MetricsError `invalid` for an open address without a token, `conflict` for a port or folder in use, `unavailable` for
 *   a folder that cannot be written.
 */
export async function init(
  given: Partial<Config> = {},
  { sources = [], log = SILENT }: InitOptions = {},
): Promise<Treering> {
  const config = { ...DEFAULT_CONFIG, ...given, dataDir: resolve(given.dataDir ?? DEFAULT_CONFIG.dataDir) }
  const loopback = isLoopbackName(config.listen.host)
  if (!loopback && config.token === undefined && !config.insecure) {
    const reason =
      'others could read this machine: set a token (TREERING_TOKEN or settings.token), or allow it with --insecure'
    throw new MetricsError('invalid', `cannot listen on ${config.listen.host} without a token: ${reason}`)
  }
  if (config.token !== undefined && config.token.length < SHORT_TOKEN) {
    log.warn(
      { length: config.token.length },
      `the token is short: ${SHORT_TOKEN} characters or more are hard to guess`,
    )
  }
  const dir = join(config.dataDir, 'metrics')
  const periods = withPeriods(config.periods)
  const readers = new Readers({ dir, periods, log })
  const serve = () =>
    createApp({
      readers: readers.active,
      version: VERSION,
      log,
      token: config.token,
      loopback,
      allowedHosts: config.allowedHosts,
    })
  let app = serve()
  const server = createAdaptorServer({
    fetch: (request, env) => app.fetch(request, env as RequestEnv),
    serverOptions: { maxHeaderSize: MAX_HEADER_BYTES },
  }) as Server
  server.maxConnections = config.maxSockets + REQUEST_CONNECTIONS
  const terminateSockets = acceptUpgrades(
    server,
    { fetch: (request, env) => app.fetch(request, env) },
    config.maxSockets,
  )

  makeWritable(dir)
  const unlock = await lockFolder(config.dataDir)
  const stopPollers = async () => {
    await readers.stop().finally(unlock)
  }
  try {
    await readers.apply(config.readers, sources)
    app = serve()
    await listen(server, config.listen)
  } catch (error) {
    await stopPollers()
    throw error
  }

  async function close(): Promise<boolean> {
    readers.closeSockets()
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    const cut = setTimeout(() => {
      terminateSockets()
      server.closeAllConnections()
    }, CLOSE_MS)
    await Promise.all([closed, stopPollers()])
    clearTimeout(cut)
    return readers.pollers.every((poller) => poller.status().saved)
  }

  return { fetch: (request) => app.fetch(request), url: urlOf(server), pollers: readers.pollers, close }
}

function makeWritable(dir: string): void {
  try {
    makeFolder(dir)
    accessSync(dir, constants.W_OK)
  } catch (error) {
    throw new MetricsError('unavailable', `cannot write data folder ${dir}: ${messageOf(error)}`)
  }
}

const LISTEN_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'this user may not listen on that port',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'that host name is not known',
}

async function listen(server: Server, { host, port }: Config['listen']): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const reason = LISTEN_REASONS[errnoOf(error) ?? ''] ?? messageOf(error)
      reject(new MetricsError('conflict', `cannot listen on ${host}:${port}: ${reason}`, { cause: error }))
    })
    server.listen(port, host, () => resolve())
  })
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
