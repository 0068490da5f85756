/** One Hono app: all routes on one screen. */
import { type Context, Hono } from 'hono'
import { countersRoutes } from './counters/index.ts'
import { type Vars, varsHandler } from './expvar/index.ts'
import { docsPage } from './http/docs.ts'
import { createGuard, type GuardOptions } from './http/guard.ts'
import { liveHandler } from './http/live.ts'
import { loginRoutes } from './http/login.ts'
import { describe } from './http/openapi.ts'
import type { OwnNumbers } from './http/own.ts'
import { listPage } from './http/pages.ts'
import { createReplay, type Replay } from './http/replay.ts'
import { statusHandler } from './http/status.ts'
import { STYLE } from './http/style.ts'
import { openWeb } from './http/web.ts'
import { headerOf, type RequestEnv } from './period/index.ts'
import { CONTENT_TYPE, familiesTextInSlices, mergeFamilies, negotiate } from './prometheus/index.ts'
import type { ActiveReader } from './readers.ts'
import { type Log, MetricsError, messageOf, respond, respondError, respondJson } from './utils/index.ts'

/** What the app serves, and to whom. */
export interface AppOptions extends GuardOptions {
  /** In the order of the list page; `/metrics` alone is the first one. */
  readonly readers: readonly ActiveReader[]
  /** Variables of this process, for `/debug/vars`. */
  readonly vars: Vars
  readonly own: OwnNumbers
  readonly version: string
  /** When the program began, by the monotonic clock. */
  readonly startedAt: number
  readonly log: Log
}

/** The app behind its guard. */
export interface App {
  /** Answers a request; in `env` the server hands over what takes a WebSocket. */
  fetch(request: Request, env?: RequestEnv): Response | Promise<Response>
  /** Answers a request of `node:http` that needs no more than what is at hand: whether it did. */
  replay: Replay
}

/** What is there whatever is polled. */
const OWN_DOCS = [
  {
    path: '/debug/vars',
    summary: 'Variables of this process, in the form of Go’s expvar',
    answer: 'By name',
  },
  {
    path: '/live',
    summary: 'What there is; as a WebSocket many streams over one connection',
    answer: 'version, now, sources',
  },
  {
    path: '/status.json',
    summary: 'How all targets fared in a period (parameter `period`, 1d if absent), a letter a slot',
    answer: 'period, periods (name, seconds), slot_seconds, now, targets',
  },
]
const HTML = 'text/html; charset=utf-8'

export function createApp(options: AppOptions): App {
  const { readers, own, vars, version, startedAt, log } = options
  const pollers = readers.map(({ poller }) => poller)
  const guard = createGuard(options)
  const handlers = new Map(readers.map(({ poller, handler }) => [poller.name, handler]))
  const described = pollers.map(({ name, periods, source }) => ({
    name,
    periods: periods.map((period) => period.name),
    aggregates: source.aggregates ?? [],
    params: source.params ?? [],
  }))
  const withDocs = described.map((told, i) => ({ ...told, paramDocs: pollers[i]!.source.paramDocs ?? {} }))
  const api = describe(version, withDocs, [...OWN_DOCS, ...readers.flatMap(({ docs }) => docs)])
  const web = openWeb()
  const live = liveHandler(
    version,
    readers.map(({ poller, handler, reader, docs }, i) => ({
      ...described[i]!,
      type: reader?.type ?? poller.name,
      interval_ms: poller.intervalMs,
      periods: poller.periods.map(({ name, durationMs }) => ({ name, seconds: durationMs / 1000 })),
      routes: docs.map(({ path }) => path),
      handler,
    })),
  )
  const counters = readers.flatMap(({ poller: { name }, counters: files }) => (files ? { name, files } : []))
  const targets = readers.filter(({ poller, reader }) => (reader?.type ?? poller.name) === 'uptime')

  function metricsOf(c: Context, name: string): Response {
    const handler = handlers.get(name)
    if (handler !== undefined) return handler.handle(c)
    const allowed = [...handlers.keys()].join(', ') || 'none: all are switched off'
    return respondError(
      new MetricsError('not_found', `unknown source ${JSON.stringify(name)}: there are ${allowed}`),
    )
  }

  function metrics(c: Context): Response | Promise<Response> {
    const format = negotiate(headerOf(c, 'accept'))
    if (format === undefined) return metricsOf(c, pollers[0]?.name ?? '')
    // A reader of type self has told the same already.
    const told = mergeFamilies(pollers.flatMap((poller) => poller.families()))
    const names = new Set(told.map(({ name }) => name))
    const families = [...told, ...own.families().filter(({ name }) => !names.has(name))]
    const answer = (text: string) => respond(text, CONTENT_TYPE[format], 200, { vary: 'accept' })
    const text = familiesTextInSlices(families, format)
    return typeof text === 'string' ? answer(text) : text.then(answer)
  }

  function health(c: Context): Response {
    const states = own.pollers()
    const recorders = own.recorders()
    const statuses = readers.flatMap(({ poller, status }) =>
      status === undefined ? [] : [{ name: poller.name, ...status() }],
    )
    const well =
      statuses.every((status) => status.well) &&
      states.every(({ last_error, saved, faults }) => last_error === null && saved && faults.length === 0) &&
      recorders.every(({ last_error }) => last_error === null)
    const status = well ? 'ok' : 'degraded'
    if (!guard.admits(c.req.raw)) return respondJson({ status })
    const uptime_seconds = Math.round((performance.now() - startedAt) / 1000)
    const sources = statuses.map(({ name, told }) => ({ name, ...told }))
    return respondJson({ status, version, uptime_seconds, pollers: states, recorders, sources })
  }

  function list(): Response {
    return respond(
      listPage(pollers.map((poller, i) => ({ status: poller.status(), ...described[i]! }))),
      HTML,
    )
  }

  function noRoute(c: Context): Response {
    return respondError(new MetricsError('not_found', `no route ${c.req.method} ${c.req.path}: see /docs`))
  }

  const app = new Hono()
  app.get('/', (c) => web(c, 'index.html') ?? list())
  app.get('/list', list)
  app.get('/status', (c) => web(c, 'status.html') ?? noRoute(c))
  app.get(
    '/status.json',
    statusHandler(
      targets.map(({ poller }) => poller),
      pollers[0]?.periods,
    ),
  )
  app.get('/favicon.svg', (c) => web(c, 'favicon.svg') ?? noRoute(c))
  app.get('/assets/:name', (c) => web(c, `assets/${c.req.param('name')}`) ?? noRoute(c))
  app.get('/live', live)
  app.get('/metrics', metrics)
  app.get('/metrics/:source', (c) => metricsOf(c, c.req.param('source')))
  app.get('/api/v1/metrics/:source', (c) => metricsOf(c, c.req.param('source')))
  app.get('/health', health)
  app.get('/debug/vars', varsHandler(vars))
  app.get('/openapi.json', () => respondJson(api))
  app.get('/docs', () => respond(docsPage(api), HTML))
  app.get('/style.css', () => respond(STYLE, 'text/css; charset=utf-8'))
  app.route('/', loginRoutes(guard, log))
  if (counters.length > 0) app.route('/', countersRoutes(counters))
  for (const { routes } of readers) if (routes !== undefined) app.route('/', routes)
  app.notFound(noRoute)
  app.onError((error, c) => {
    if (!(error instanceof MetricsError))
      log.error({ path: c.req.path, reason: error.stack ?? messageOf(error) }, 'cannot answer')
    return respondError(error)
  })
  return {
    fetch: (request, env) => guard.refuse(request, env) ?? app.fetch(request, env),
    replay: createReplay(guard, handlers),
  }
}
