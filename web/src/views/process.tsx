/** This program itself: its requests, its memory, its event loop, what it ships, what it counts; as charts, and as numbers. */
import { useRef } from 'preact/hooks'
import { Chart } from '../charts/chart.tsx'
import type { ChartDefinition } from '../charts/definition.ts'
import type { Variable } from '../flatten.ts'
import { METRICS_ROUTE, useOwnMetrics } from '../ownmetrics.ts'
import { useLatest, useRoute, useSources } from '../page.ts'
import { Empty } from '../parts/empty.tsx'
import { Link } from '../parts/link.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { Task } from '../parts/task.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { chartOfNumber, processCharts } from '../process.ts'
import type { SourceInfo } from '../state/live.ts'
import { History, type Row } from '../state/series.ts'
import { unitOf } from '../variables.ts'
import { useVariables } from './apps.tsx'
import { Variables } from './variables.tsx'

const STATUS = '/process/status'
/** Slots of what the page itself keeps: as the shortest period. */
const KEPT_SLOT_SECONDS = 3

export function Process() {
  const sources = useSources('process', 'self')
  const { open } = useRoute()
  if (sources.length === 0) {
    return (
      <Empty title="This program is not read">Set process: true under readers in the configuration.</Empty>
    )
  }
  const name = open.split('/')[0]
  const numbers = sources.find((source) => source.name === name)
  return (
    <>
      <Tabs class="apps" label="Charts and numbers">
        <Link to={{ view: 'process' }} current={numbers === undefined}>
          Charts
        </Link>
        {sources.map((source) => (
          <Link
            key={source.name}
            to={{ view: 'process', open: source.name }}
            current={source === numbers}
          >{`Numbers${sources.length > 1 ? ` of ${source.name}` : ''}`}</Link>
        ))}
      </Tabs>
      {numbers !== undefined && <Numbers key={numbers.name} source={numbers} />}
      {numbers === undefined &&
        sources.map((source) => (
          <ProcessCharts key={source.name} source={source} alone={sources.length === 1} />
        ))}
    </>
  )
}

function ProcessCharts({ source, alone }: { source: SourceInfo; alone: boolean }) {
  const latest = useLatest<{ readonly recorders?: object }>(source.name, 10)
  const hasRecorders = Object.keys(latest?.sample.recorders ?? {}).length > 0
  return (
    <section aria-label={source.name}>
      {!alone && <h2>{source.name}</h2>}
      {source.routes.includes(STATUS) && <Task route={STATUS} />}
      <div class="charts">
        {processCharts(source, hasRecorders).map((definition) => (
          <Chart key={definition.title} definition={definition} />
        ))}
      </div>
    </section>
  )
}

function Numbers({ source }: { source: SourceInfo }) {
  const read = useVariables(source)
  const recorded = useOwnMetrics(source.routes.includes(METRICS_ROUTE))
  const keptRead = useKept(read ?? [])
  const keptRecorded = useKept(recorded)
  if (read === undefined) return <Waiting name={source.name} />
  const own = new Set(recorded.map(({ key }) => key))
  return (
    <Variables
      name={source.name}
      variables={[...recorded, ...read]}
      chartsOf={(variable) => {
        const known = chartOfNumber(source, variable)
        if (known !== undefined) return [known]
        return keptCharts(source, variable, own.has(variable.key) ? keptRecorded : keptRead)
      }}
    />
  )
}

/** What the server keeps no history of is kept by the page, as long as this view is open. */
function useKept(variables: readonly Variable[]): History {
  const { current: kept } = useRef({ history: new History(KEPT_SLOT_SECONDS), seen: variables })
  if (kept.seen !== variables && variables[0] !== undefined) {
    kept.seen = variables
    const row: Record<string, number | null> = Object.create(null)
    row.timestamp = variables[0].at
    for (const { key, value, rate } of variables) {
      if (typeof value !== 'number') continue
      row[key] = value
      row[growthOf(key)] = rate
    }
    kept.history.add([row as Row], false)
  }
  return kept.history
}

function keptCharts({ name }: SourceInfo, { key, value, rate }: Variable, kept: History): ChartDefinition[] {
  if (typeof value !== 'number') return []
  const chart = (title: string, only: string, now: number | null): ChartDefinition => ({
    source: name,
    aggregate: key,
    title,
    unit: unitOf(key),
    only: [only],
    now: { [only]: now },
    kept,
  })
  const growth = chart(`${key}, a second`, growthOf(key), rate)
  return rate === null
    ? [chart(key, key, value)]
    : [
        chart(key, key, value),
        { ...growth, unit: growth.unit === 'bytes' ? 'bytes_per_second' : 'per_second' },
      ]
}

function growthOf(key: string): string {
  return `${key}, a second`
}
