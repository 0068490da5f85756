import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCounters } from '../../src/counters/index.ts'
import { createExpvarSource } from '../../src/expvar/index.ts'
import type { Config, Treering } from '../../src/index.ts'
import type { PollerStatus } from '../../src/period/index.ts'
import { flatten } from '../../src/recorders/index.ts'
import { createRemoteWriteRecorder } from '../../src/recorders/remotewrite/index.ts'
import { createSelfSource } from '../../src/self/index.ts'
import { createSystemInfo, type SystemInfoSample } from '../../src/systeminfo/index.ts'
import { createUptime, type UptimeSource } from '../../src/uptime/index.ts'
import { matchesGlob } from '../../src/utils/index.ts'
import { prometheus, receiver } from '../recorders/stores.ts'
import { newFolder } from '../support/folder.ts'
import { tree } from '../support/tree.ts'
import { until } from '../support/until.ts'
import { rootsAt } from '../systeminfo/fixtures.ts'

/** JavaScript, so that whoever has Node can change and run it. */
const { FILES } = (await import(new URL('../../examples/dashboards/make.mjs', import.meta.url).href)) as {
  FILES: Record<string, string>
}
const file = (name: string) =>
  readFileSync(new URL(`../../examples/dashboards/${name}`, import.meta.url), 'utf8')

const GO_VARIABLES = readFileSync('test/fixtures/expvar/go-debug-vars.json')

/** What a Go application answers. */
async function goApplication(): Promise<string> {
  const { url } = await receiver({ status: 200, body: GO_VARIABLES })
  return new URL(url).host
}

/** Watches a page by its name, so that the check has all phases. */
function watchedTargets(host: string): UptimeSource {
  const url = `http://${host.replace('127.0.0.1', 'localhost')}/`
  return createUptime({ targets: { web: { url, intervalMs: 1000 } } })
}

/** A treering with all that dashboards show: a machine with sensors and disks, a counters file, a Go application, a target, itself. */
async function busyTree(): Promise<Treering> {
  const directory = newFolder()
  const counters = createCounters(join(directory, 'app.dat'), { capacity: 1 })
  onTestFinished(() => counters.close())
  counters.addCounter('requests', 5n)
  const host = await goApplication()
  const { url: endpoint } = await receiver({ status: 200 })
  const config: Partial<Config> = {
    readers: {
      system_info: { type: 'system_info' },
      counters: { type: 'counters', directory },
      app: { type: 'expvar', endpoint: host },
      process: { type: 'process' },
      self: { type: 'self' },
    },
    recorders: { store: { type: 'prometheus_remote_write', options: { endpoint }, queue: { batchMs: 10 } } },
    routes: { all: { readers: ['system_info'], recorders: ['store'] } },
  }
  const machine = createSystemInfo({ name: 'server', roots: rootsAt('storage-server') })
  const running = await tree(config, { sources: [machine, watchedTargets(host)] })
  // Shares of CPU time need two beats; a machine that is busy itself tells its temperatures late.
  const told = (name: string) =>
    running.pollers.find((poller) => poller.name === name)!.latest as SystemInfoSample
  const ready = ({ polls, last_error }: PollerStatus) => polls > 1 && last_error === null
  await fetch(`${running.url}/health`)
  const points = (wanted: string) =>
    running.pollers
      .flatMap((poller) => poller.families().filter(({ name }) => name === wanted))
      .flatMap(({ points }) => points)
  await until(
    () =>
      points('probe_http_duration_seconds').length > 0 &&
      points('http_server_response_status').length > 0 &&
      running.pollers.every((poller) => ready(poller.status())) &&
      (told('server').sensors ?? []).length > 0 &&
      told('system_info').cpu_average !== null,
    'everything is told',
  )
  return running
}

interface GrafanaPanel {
  title: string
  type: string
  gridPos: { x: number; y: number; w: number; h: number }
  targets?: { expr: string; legendFormat: string; refId: string }[]
}

describe('the dashboards', () => {
  it.each(['grafana.json', 'kibana.ndjson'])('%s is what its script makes', (name) => {
    expect(file(name)).toBe(FILES[name])
  })
})

describe('the Grafana dashboard', () => {
  const { panels } = JSON.parse(file('grafana.json')) as { panels: GrafanaPanel[] }
  const targets = panels.flatMap((panel) => (panel.targets ?? []).map((target) => ({ ...target, panel })))
  const metrics = new Set(
    targets.flatMap(({ expr }) => [...expr.matchAll(/([a-z_:][\w:]*)\{/g)].map(([, name]) => name!)),
  )

  it('shows what a scrape of treering has', async () => {
    const { url } = await busyTree()
    const answer = await fetch(`${url}/metrics`, { headers: { accept: 'text/plain;version=0.0.4' } })
    const scraped = new Set((await answer.text()).split('\n').map((line) => /^\w+/.exec(line)?.[0]))
    expect(metrics.size).toBeGreaterThan(25)
    expect([...metrics].filter((name) => !scraped.has(name))).toEqual([])
  })

  it('has an answer to each of its questions in a Prometheus that treering writes to', async (context) => {
    const store = await prometheus(context)
    const { pollers } = await busyTree()
    const recorder = createRemoteWriteRecorder('prometheus', { endpoint: store.url })
    onTestFinished(async () => void (await recorder.close?.()))
    const now = Date.now()
    const batch = [60, 45, 30, 15, 0].flatMap((ago) =>
      pollers.map((poller) => ({
        source: poller.name,
        typeName: poller.name,
        at: now - ago * 1000,
        documents: [],
        families: poller.families(),
      })),
    )
    const { refused } = await recorder.record(batch, AbortSignal.timeout(10_000))
    expect(refused).toEqual(new Map())
    const silent: string[] = []
    for (const { expr, legendFormat, panel } of targets) {
      const asked = expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '1m')
      const found = await store.query(asked, now)
      if (found.length === 0) silent.push(`${panel.title}: ${expr}`)
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        for (const { metric } of found)
          expect([expr, Object.keys(metric)]).toEqual([expr, expect.arrayContaining([label])])
    }
    expect(silent).toEqual([])
  })

  it('has panels that do not overlap, each with its lines named apart', () => {
    for (const [i, a] of panels.entries()) {
      expect(a.gridPos.x + a.gridPos.w).toBeLessThanOrEqual(24)
      for (const b of panels.slice(i + 1)) {
        const apart =
          a.gridPos.x + a.gridPos.w <= b.gridPos.x ||
          b.gridPos.x + b.gridPos.w <= a.gridPos.x ||
          a.gridPos.y + a.gridPos.h <= b.gridPos.y ||
          b.gridPos.y + b.gridPos.h <= a.gridPos.y
        expect([a.title, b.title, apart]).toEqual([a.title, b.title, true])
      }
      for (const key of ['refId', 'legendFormat', 'expr'] as const) {
        const all = a.targets?.map((target) => target[key]) ?? []
        expect(new Set(all).size).toBe(all.length)
      }
    }
  })
})

interface SavedObject {
  id: string
  type: string
  attributes: { title: string; panelsJSON?: string; timeFieldName?: string }
  references: { type: string; id: string; name: string }[]
}

interface LensPanel {
  panelIndex: string
  embeddableConfig: {
    attributes: {
      references: SavedObject['references']
      state: {
        visualization: {
          layers: { layerId: string; xAccessor: string; splitAccessor?: string; accessors: string[] }[]
        }
        datasourceStates: {
          formBased: { layers: Record<string, { columnOrder: string[]; columns: Record<string, Column> }> }
        }
      }
    }
  }
}

interface Column {
  dataType: string
  sourceField: string
  params?: { orderBy?: { columnId: string } }
}

describe('the Kibana dashboards', () => {
  const objects = file('kibana.ndjson')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as SavedObject)
  const dashboards = objects.filter(({ type }) => type === 'dashboard')
  const panelsOf = ({ attributes }: SavedObject) => JSON.parse(attributes.panelsJSON!) as LensPanel[]
  const layersOf = ({ embeddableConfig }: LensPanel) =>
    Object.entries(embeddableConfig.attributes.state.datasourceStates.formBased.layers)
  it.each(['README.md', 'docs/recorders.md', 'src/config/example.ts', 'examples/expvastic-basic.yml'])(
    'look into the indices that %s recommends',
    (path) => {
      const view = objects.find(({ type }) => type === 'index-pattern')!.attributes.title!.split(',')
      const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
      const names = [...text.matchAll(/index_name: ([^ ,\n]+)/g)].map(([, name]) => name!)
      expect(names.length).toBeGreaterThan(0)
      for (const name of names) expect(view.some((pattern) => matchesGlob(name, pattern))).toBe(true)
    },
  )

  it('show fields that are shipped, as what they are', async () => {
    const shipped = await shippedFields()
    const columns = dashboards
      .flatMap(panelsOf)
      .flatMap(layersOf)
      .flatMap(([, { columns }]) => Object.values(columns))
    expect(columns.length).toBeGreaterThan(60)
    const wrong = columns.filter(({ sourceField, dataType }) => shipped.get(sourceField) !== dataType)
    expect(wrong.map(({ sourceField }) => [sourceField, shipped.get(sourceField)])).toEqual([])
  })

  it('hold together: every reference, column and accessor leads somewhere', () => {
    const ids = new Set(objects.map(({ type, id }) => `${type} ${id}`))
    expect(ids.size).toBe(objects.length)
    expect(dashboards.length).toBe(4)
    for (const dashboard of dashboards) {
      const wanted = new Set<string>()
      for (const panel of panelsOf(dashboard)) {
        const { references, state } = panel.embeddableConfig.attributes
        for (const { name, type, id } of references) wanted.add(`${type} ${id} ${panel.panelIndex}:${name}`)
        for (const [layer, { columnOrder, columns }] of layersOf(panel)) {
          expect(references.map(({ name }) => name)).toEqual([`indexpattern-datasource-layer-${layer}`])
          expect(Object.keys(columns)).toEqual(columnOrder)
          const drawn = state.visualization.layers.find(({ layerId }) => layerId === layer)!
          const used = [
            drawn.xAccessor,
            ...drawn.accessors,
            ...(drawn.splitAccessor ? [drawn.splitAccessor] : []),
          ]
          expect([...used].sort()).toEqual([...columnOrder].sort())
          for (const { params } of Object.values(columns))
            if (params?.orderBy) expect(drawn.accessors).toContain(params.orderBy.columnId)
        }
      }
      expect(new Set(dashboard.references.map(({ type, id, name }) => `${type} ${id} ${name}`))).toEqual(
        wanted,
      )
      for (const { type, id } of dashboard.references) expect(ids).toContain(`${type} ${id}`)
    }
  })
})

/** Fields of what is really shipped, each with its kind. */
async function shippedFields(): Promise<Map<string, string>> {
  const signal = AbortSignal.timeout(25_000)
  const machine = createSystemInfo()
  const sample = await machine.collect(Date.now(), undefined, signal)
  await sleep(300)
  const next = await machine.collect(Date.now(), sample, signal)
  await machine.close()
  const status = { name: 'x', polls: 1, failures: 0, late: 0, duration_ms: 1 }
  const recorder = {
    name: 'y',
    shipped: 1,
    retried: 0,
    refused: 0,
    dropped: 0,
    queued: 0,
    spooled: 0,
    duration_ms: 1,
  }
  const self = createSelfSource({ pollers: () => [status], recorders: () => [recorder] })
  const first = self.collect(Date.now(), undefined, signal)
  const expvar = createExpvarSource({ name: 'app', endpoint: await goApplication() })
  const uptime = watchedTargets(await goApplication())
  const checks: object[] = []
  await until(async () => {
    const told = await uptime.collect(Date.now(), undefined, signal)
    if (told !== undefined) checks.push(...uptime.documents(told))
    return checks.length > 0
  }, 'a check')
  await uptime.close?.()
  const documents: object[] = [
    ...checks,
    ...self.documents(self.collect(Date.now(), first, signal)),
    flatten(next),
    ...expvar.documents((await expvar.collect(Date.now(), undefined, signal))!),
  ]
  const shipped = new Map(
    documents.flatMap((document) => Object.entries(document).map(([name, value]) => [name, kindOf(value)])),
  )
  // What every document has.
  return shipped.set('@timestamp', 'date').set('type_name', 'string').set('reader', 'string')
}

/** As a store of documents takes it; a list is as its items. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return kindOf(value[0])
  return value === null ? 'number' : typeof value
}
