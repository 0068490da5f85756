/** The only wiring: sources → pollers → recorders, app → server. The command line and the tests call the same `init`. */
import { accessSync, constants } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { type Config, completed } from './config/index.ts'
import { createVars, type Vars } from './expvar/index.ts'
import { isLoopbackName } from './http/guard.ts'
import { listen, urlOf } from './http/listen.ts'
import { routeOf } from './http/routeof.ts'
import { acceptUpgrades } from './http/upgrade.ts'
import type { Flushes } from './opened.ts'
import { ownNumbers } from './own.ts'
import { type AnyPoller, type AnySource, checkSource, type RequestEnv, withPeriods } from './period/index.ts'
import { createRegistry, meterServer, type Registry } from './process/index.ts'
import { Readers } from './readers.ts'
import { createApp } from './server.ts'
import { FIXED_KEYS, PartlyTaken, refuseOpen, refuseTokenGone, tellFixed, warnOfShort } from './settings.ts'
import { Shipping } from './shipping.ts'
import { type Log, lockFolder, MetricsError, makeFolder, messageOf, SILENT } from './utils/index.ts'
import { VERSION } from './version.ts'

/** Bytes of a request's line and headers together. */
const MAX_HEADER_BYTES = 16 * 1024
/** Connections beside the WebSockets, for requests. */
const REQUEST_CONNECTIONS = 1000
/** Close code of a socket that may not be open. Source: RFC 6455, 7.4.1. */
const POLICY = 1008
const GOING_AWAY = 1001
/** How long sockets may take to answer their close frame. */
const CLOSE_MS = 500
/** How long what waits for recorders may be shipped at the end; the rest is left on disk, where there is a spool. */
const FLUSH_MS = 700

/** What `init` is given beside the configuration. */
export interface InitOptions {
  /** Sources of an embedding program, polled and served like the built-in ones. */
  readonly sources?: readonly AnySource[]
  /** What `/debug/vars` tells; the embedding program closes it. @default variables of its own */
  readonly vars?: Vars
  /** What the program records of itself: the reader `process` keeps its history, routes ship it. @default one of its own */
  readonly registry?: Registry
  /** @default says nothing: `status()` of each of `Treering.pollers` tells of reads that fail */
  readonly log?: Log
}

/** A running treering. */
export interface Treering {
  /** Answers a request without a socket in between. */
  fetch(request: Request): Response | Promise<Response>
  /** `http://HOST:PORT`, the port as it was picked. */
  readonly url: string
  readonly pollers: readonly AnyPoller[]
  /** What `/debug/vars` tells: whoever has something to tell publishes it here. */
  readonly vars: Vars
  /**
   * Takes up another configuration: what did not change goes on undisturbed. Address, data folder, periods and number of sockets
   * stay as they are until the next start, which is logged. A change of the token closes all sockets with 1008; taking it away is refused.
   *
   * @throws MetricsError what is wrong with it: everything stands as it was; except `PartlyTaken`, for a reader that cannot start: all else
   *   is taken up then.
   */
  apply(config: Config): Promise<void>
  /** Ends polling, saves, closes sockets with 1001, and returns when all have ended: whether every history was saved. */
  close(): Promise<boolean>
}

/**
 * Starts polling and serving.
 *
 * @throws MetricsError `invalid` for a configuration or source whose form is none, and for an open address without a token: nothing was
 *   created then; `invalid` for what is told when a source is opened, `conflict` for a port or folder in use or two sources of one
 *   name, `unavailable` for a folder that cannot be written.
 */
export async function init(
  given: Partial<Config> = {},
  { sources = [], vars: givenVars, registry = createRegistry(), log = SILENT }: InitOptions = {},
): Promise<Treering> {
  let config = completed(given)
  refuseOpen(config)
  sources.forEach(checkSource)
  const startedAt = performance.now()
  const dir = join(config.dataDir, 'metrics')
  const periods = withPeriods(config.periods)
  makeWritable(dir)
  const unlock = await lockFolder(config.dataDir, 'data folder')
  const shipping = new Shipping(log, VERSION)
  const readers: Readers = new Readers({
    context: () => ({ own, registry, version: VERSION, flush: flushes }),
    dir,
    periods,
    log,
    onStart: (...started) => shipping.connect(...started),
  })
  const flushes: Flushes = {
    send: (...flushed) => shipping.flush(...flushed),
    recorders: () => shipping.destinations(),
    canWrite: () => config.token !== undefined,
  }
  const own = ownNumbers(VERSION, readers, () => shipping.status())
  const vars = givenVars ?? createVars({ log })
  if (vars !== givenVars)
    vars.func('treering', () => ({ pollers: own.pollers(), recorders: own.recorders() }))
  const serve = () => {
    const { token, allowedHosts, listen } = config
    const loopback = isLoopbackName(listen.host)
    return createApp({
      readers: readers.active,
      own,
      vars,
      version: VERSION,
      startedAt,
      log,
      token,
      loopback,
      allowedHosts,
      statusPublic: config.statusPublic,
    })
  }
  let app = serve()
  // The app is made anew when the configuration changes: the server asks whichever is there.
  const current = { fetch: (request: Request, env?: RequestEnv) => app.fetch(request, env) }
  // A request of HTTP/1.0 may name no host, as the checks of load balancers do.
  const listener = getRequestListener((request, env) => current.fetch(request, env as RequestEnv), {
    hostname: 'localhost',
  })
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, ...meterServer(registry, { route: routeOf }) },
    (incoming, outgoing) => app.replay(incoming, outgoing) || listener(incoming, outgoing),
  )
  server.maxConnections = config.maxSockets + REQUEST_CONNECTIONS
  const sockets = acceptUpgrades(server, current, config.maxSockets)

  const stopPolling = () => {
    if (vars !== givenVars) vars.close()
    // What was read last is shipped, too.
    return readers
      .stop()
      .finally(() => shipping.stop(FLUSH_MS))
      .finally(unlock)
  }
  const namesIn = ({ readers }: Config) => [...Object.keys(readers), ...sources.map(({ name }) => name)]
  let applying: Promise<void> = Promise.resolve()
  /** One change after the other. */
  async function apply(given: Config): Promise<void> {
    const next = completed(given)
    const change = async () => {
      refuseOpen({ ...next, listen: config.listen })
      refuseTokenGone(config, next)
      warnOfShort(next, log)
      for (const warning of next.warnings) log.warn({}, warning)
      const shipped = await shipping.prepare(next, namesIn(next))
      let isTaken = false
      // Routes before polling: the first sample of a new reader is shipped, too.
      const take = () => {
        shipped.commit()
        isTaken = true
      }
      try {
        await readers.apply(next.readers, sources, take)
      } catch (error) {
        if (!isTaken) {
          await shipped.rollback()
          throw error
        }
        become(next)
        throw server.listening ? new PartlyTaken(messageOf(error), error) : error
      }
      become(next)
    }
    applying = applying.then(change, change)
    return applying
  }
  function become(next: Config): void {
    tellFixed(config, next, log)
    const { token } = config
    config = { ...next, ...Object.fromEntries(FIXED_KEYS.map((key) => [key, config[key]])) }
    app = serve()
    // Who was let in by another token is not let in any more.
    if (token !== config.token) sockets.close(POLICY, 'the token has changed')
  }
  try {
    await apply(config)
    await listen(server, config.listen)
  } catch (error) {
    await stopPolling()
    throw error
  }

  async function close(): Promise<boolean> {
    sockets.close(GOING_AWAY, 'server stops')
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    const cut = setTimeout(() => {
      sockets.terminate()
      server.closeAllConnections()
    }, CLOSE_MS)
    await applying.catch(() => {})
    await Promise.all([closed, stopPolling()])
    clearTimeout(cut)
    return readers.pollers.every((poller) => poller.status().saved)
  }

  return {
    fetch: (request) => app.fetch(request),
    url: urlOf(server),
    get pollers() {
      return readers.pollers
    },
    vars,
    apply,
    close,
  }
}

function makeWritable(dir: string): void {
  try {
    makeFolder(dir)
    accessSync(dir, constants.W_OK)
  } catch (error) {
    throw new MetricsError('unavailable', `cannot write data folder ${dir}: ${messageOf(error)}`)
  }
}
