import { describe, expect, test } from 'vitest'
import {
  type State,
  settingsInFile,
  TASK_DOCS,
  type TableRow,
  taskRoutes,
} from '../../../src/process/task/index.ts'
import { MINUTE, Scripted, task } from './support.ts'

const put = (state: State, body: unknown, canWrite = true) =>
  taskRoutes(state, { canWrite }).request('/process/settings', {
    method: 'PUT',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const get = (state: State, path: string, headers: Record<string, string> = {}) =>
  taskRoutes(state, { canWrite: false }).request(path, { headers })

/** A task whose page has these rows. */
function withRows(rows: TableRow[]) {
  return task({ metrics: { families: () => [], table: () => rows, resetCumulative() {} } }).state
}

const row = (
  name: string,
  fields: TableRow['fields'],
  value: TableRow['value'],
  cumulative = false,
): TableRow => ({
  name,
  cumulative,
  fields,
  value,
})

describe('GET /process/status', () => {
  test('tells how the task does', async () => {
    const { state, clock } = task({ taskNumAllocator: new Scripted([new Error('refused'), 2]) })
    state.start()
    await clock.pass(0)
    const failed = await (await get(state, '/process/status')).json()
    expect(failed).toMatchObject({ enabled: true, task_num: -1, last_flush: null, last_error: 'refused' })
    await clock.pass(10_000)
    const response = await get(state, '/process/status')
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await response.json()).toEqual({
      enabled: true,
      target: { service_name: 'shop', job_name: 'web', data_center: 'eu', host_name: 'a1' },
      instance_id: 'me',
      task_num: 2,
      last_flush: clock.now() / 1000,
      next_flush: clock.now() / 1000 + 60,
      last_error: null,
      settings: { source: 'code', writable: true, error: null },
    })
    await state.stop()
  })
})

describe('GET /process/metrics', () => {
  const rows = [
    row('b', { route: '/x', status: 500 }, 3, true),
    row('b', { route: '/x', status: 200 }, 7n, true),
    row('latency', { route: '/x' }, { count: 4, sum: 10 }),
    row('latency', { route: '/y' }, { count: 0, sum: 0 }),
    row('a', {}, true),
    { ...row('b', {}, 1.5), overflow: true },
  ]

  test('is JSON unless a browser asks, sorted by name, number of fields and their values', async () => {
    const response = await get(withRows(rows), '/process/metrics')
    expect(response.headers.get('vary')).toBe('accept')
    const { total, data } = (await response.json()) as { total: number; data: TableRow[] }
    expect(total).toBe(7)
    expect(data.map(({ name, fields }) => [name, ...Object.values(fields)])).toEqual([
      ['a'],
      ['b'],
      ['b', '/x', 200],
      ['b', '/x', 500],
      ['latency', '/x'],
      ['latency', '/y'],
      // The task's own, which each flush has.
      ['presence/up'],
    ])
    expect(data[4]).toEqual({
      name: 'latency',
      cumulative: false,
      fields: { route: '/x' },
      value: { count: 4, sum: 10 },
    })
  })

  test('is a page of tables for a browser: one of metrics without fields, one for each other', async () => {
    const response = await get(withRows(rows), '/process/metrics', { accept: 'text/html,*/*' })
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const html = await response.text()
    expect(html.match(/<table class="values">/g)).toHaveLength(3)
    expect(html).toContain('<h2>Metrics without fields</h2>')
    expect(html).toMatch(/<th>route<\/th><th>status<\/th><th>Value<\/th>/)
    expect(html).toContain('<code>b</code> <small>cumulative</small>')
    expect(html).toContain('<code>b</code> <small>all further streams</small>')
    expect(html).toContain('<td>2.50 (mean of 4)</td>')
    expect(html).toContain('<td>empty distribution</td>')
  })

  test('escapes every text, and runs no script', async () => {
    const evil = '<img src=x onerror=alert(1)>"\'&'
    const state = withRows([row(evil, {}, evil), row('m', { [evil]: evil }, 1)])
    const response = await get(state, '/process/metrics', { accept: 'text/html' })
    const html = await response.text()
    expect(html).not.toContain('<img')
    expect(html.match(/&lt;img src=x onerror=alert\(1\)&gt;&quot;&#39;&amp;/g)!.length).toBe(4)
    expect(html).not.toContain('<script')
    const policy = response.headers.get('content-security-policy')!
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('script-src')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('says when nothing is buffered, and why', async () => {
    const html = async (state: State) =>
      (await get(state, '/process/metrics', { accept: 'text/html' })).text()
    expect(await html(withRows([]))).toMatch(/<code>presence\/up<\/code> <\/td><td>true<\/td>/)
    const off = task({ settings: {}, metrics: { families: () => [], table: () => [], resetCumulative() {} } })
    expect(await html(off.state)).toContain('Nothing is buffered: metrics are switched off.')
  })

  test('has an end: a page of 5,000 rows says that there are more', async () => {
    const many = Array.from({ length: 5_001 }, (_, i) => row('m', { i }, i))
    const state = withRows(many)
    const html = await (await get(state, '/process/metrics', { accept: 'text/html' })).text()
    expect(html).toContain('5000 of 5002 rows; all are in the JSON.')
    expect(html.match(/<tr>/g)).toHaveLength(5_001)
    const { data } = (await (await get(state, '/process/metrics')).json()) as { data: object[] }
    expect(data).toHaveLength(5_002)
  })

  test('names the task and its number', async () => {
    const { state, clock } = task({ taskNumAllocator: new Scripted([4]) })
    const html = async () => (await get(state, '/process/metrics', { accept: 'text/html' })).text()
    expect(await html()).toContain('No flush yet.')
    state.start()
    await clock.pass(0)
    expect(await html()).toContain('<code>shop / web / eu / a1</code> number <code>4</code>')
    await state.stop()
  })
})

describe('/process/settings', () => {
  test('shows all settings in force, and takes what it shows', async () => {
    const { state } = task()
    const shown = await (await get(state, '/process/settings')).json()
    expect(shown).toEqual({
      enabled: true,
      flush_interval: '1m0s',
      flush_timeout: '5s',
      flush_workers: 4,
      report_runtime_stats: false,
      destination: [],
    })
    expect(await (await put(state, shown)).json()).toEqual(shown)
  })

  test('changes the keys that are sent, at once', async () => {
    const { state, clock, sent } = task()
    state.start()
    await clock.pass(0)
    const response = await put(state, { flush_interval: '10s' })
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.objectContaining({ enabled: true, flush_interval: '10s' }),
    ])
    await clock.pass(MINUTE)
    expect(sent).toHaveLength(7)
    await state.stop()
  })

  test.each([
    [{ flush_interval: '9s' }, 400, 'invalid settings: flush_interval: "9s": allowed are 10s to 24h0m0s'],
    [{ x: 1 }, 400, /^invalid settings: x: unknown key; allowed are enabled, flush_interval/],
    [[], 400, /^invalid settings: expected a map of enabled/],
    ['{', 400, 'cannot read settings: the body is no JSON'],
    ['', 400, 'cannot read settings: the body is no JSON'],
    [{ destination: ['x'.repeat(20_000)] }, 400, 'cannot read settings: a body is 16384 bytes at most'],
  ])('refuses %j', async (body, status, reason) => {
    const { state } = task()
    const before = state.settings.current
    const response = await put(state, body)
    const { error, code } = (await response.json()) as { error: string; code: string }
    expect([response.status, code]).toEqual([status, 'invalid'])
    expect(error).toMatch(reason)
    expect(state.settings.current).toBe(before)
  })

  test('takes no body without an end', async () => {
    const { state } = task()
    let chunks = 0
    const body = new ReadableStream({
      pull(controller) {
        chunks++
        controller.enqueue(new Uint8Array(1024))
      },
    })
    const request = new Request('http://localhost/process/settings', {
      method: 'PUT',
      body,
      duplex: 'half',
    } as RequestInit)
    const response = await taskRoutes(state, { canWrite: true }).request(request)
    expect(response.status).toBe(400)
    expect(chunks).toBeLessThan(30)
  })

  test('is changed by nobody where no token is set', async () => {
    const { state } = task()
    const response = await put(state, { enabled: false }, false)
    expect([response.status, await response.json()]).toEqual([
      403,
      {
        message: 'forbidden',
        error: 'cannot change settings: a token must be set (TREERING_TOKEN or settings.token), and sent',
        code: 'forbidden',
      },
    ])
    expect(state.settings.current.enabled).toBe(true)
  })

  test('is changed as soon as a token is set, also while it runs', async () => {
    const { state } = task()
    let token = false
    const app = taskRoutes(state, { canWrite: () => token })
    const change = () => app.request('/process/settings', { method: 'PUT', body: '{"flush_workers":3}' })
    expect((await change()).status).toBe(403)
    token = true
    expect((await change()).status).toBe(200)
  })

  test('is a conflict where settings stand in the file', async () => {
    const { state } = task({ settingsStore: settingsInFile() })
    const response = await put(state, { enabled: false })
    expect([response.status, await response.json()]).toEqual([
      409,
      expect.objectContaining({ code: 'conflict' }),
    ])
  })

  test('says when the store cannot be reached', async () => {
    const store = { name: 'gone', read: () => Promise.reject(new Error('x')), write: async () => {} }
    const { MetricsError } = await import('../../../src/utils/index.ts')
    store.read = () => Promise.reject(new MetricsError('unavailable', 'redis: connection refused'))
    const { state } = task({ settingsStore: store })
    expect((await put(state, { enabled: false })).status).toBe(503)
  })
})

test('each route is described', () => {
  const described = TASK_DOCS.map((doc) => `${'method' in doc ? doc.method : 'get'} ${doc.path}`)
  const { state } = task()
  const routes = taskRoutes(state, { canWrite: true }).routes
  expect(new Set(described)).toEqual(
    new Set(routes.map(({ method, path }) => `${method.toLowerCase()} ${path}`)),
  )
})
