/** The task over HTTP. Whoever mounts these puts them behind the guard: they tell of the process and change it. */
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { MetricsError, respond, respondError, respondJson } from '../../utils/index.ts'
import { MAX_PAGE_ROWS, metricsPage, sortedRows } from './page.ts'
import { settingsDocument } from './settings/settings.ts'
import type { State } from './state.ts'

/** Bytes of a document of settings. */
const MAX_BODY_BYTES = 16 * 1024

/** Options of `taskRoutes`. */
export interface TaskRoutesOptions {
  /** Whether whoever gets here has shown a token; a function is asked at each change. Without one nobody may change settings. */
  readonly canWrite: boolean | (() => boolean)
}

/** The routes, for the description of the API. */
export const TASK_DOCS = [
  {
    path: '/process/status',
    summary: 'This process as a task',
    answer: 'enabled, target, instance_id, task_num (−1: none), last_flush, next_flush, last_error, settings',
  },
  {
    path: '/process/metrics',
    summary: 'The values that the next flush sends; a table for browsers',
    answer: 'total, data: name, cumulative, fields, value (of a distribution its count and sum), unit',
  },
  { path: '/process/settings', summary: 'Settings in force', answer: 'The settings by key' },
  {
    method: 'put',
    path: '/process/settings',
    summary: 'Change settings while running; keys that are left out stay as they are. Wants a token',
    answer: 'The settings by key, as they are now',
  },
] as const

/** `/process/status`, `/process/metrics` and `/process/settings`, to be mounted at the root. */
export function taskRoutes(state: State, { canWrite }: TaskRoutesOptions): Hono {
  const app = new Hono()
  app.onError((error) => {
    if (error instanceof MetricsError) return respondError(error)
    throw error
  })
  app.get('/process/status', () => respondJson(state.status()))
  app.get('/process/metrics', (c) => metrics(c, state))
  app.get('/process/settings', () => respondJson(settingsDocument(state.settings.current)))
  app.put('/process/settings', bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLong }), async (c) => {
    if (!(typeof canWrite === 'function' ? canWrite() : canWrite)) {
      const reason = 'a token must be set (TREERING_TOKEN or settings.token), and sent'
      throw new MetricsError('forbidden', `cannot change settings: ${reason}`)
    }
    return respondJson(settingsDocument(await state.settings.put(await body(c))))
  })
  return app
}

function metrics(c: Context, state: State): Response {
  const rows = sortedRows(state.table())
  const headers = { vary: 'accept' }
  if (c.req.header('accept')?.includes('text/html') === true) {
    const html = metricsPage(rows.slice(0, MAX_PAGE_ROWS), rows.length, state.status())
    return respond(html, 'text/html; charset=utf-8', 200, headers)
  }
  const answer = respondJson({ total: rows.length, data: rows })
  answer.headers.set('vary', 'accept')
  return answer
}

/** @throws MetricsError `invalid` for a body that is no JSON. */
async function body(c: Context): Promise<unknown> {
  try {
    return JSON.parse(await c.req.text())
  } catch (error) {
    throw new MetricsError('invalid', 'cannot read settings: the body is no JSON', { cause: error })
  }
}

function tooLong(): Response {
  const reason = `a body is ${MAX_BODY_BYTES} bytes at most`
  return respondError(new MetricsError('invalid', `cannot read settings: ${reason}`))
}
