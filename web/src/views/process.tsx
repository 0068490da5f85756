/** This program itself: its requests, its memory, its event loop, what it ships. */
import { Chart } from '../charts/chart.tsx'
import { useLatest, useSources } from '../page.ts'
import { Empty } from '../parts/empty.tsx'
import { Task } from '../parts/task.tsx'
import { processCharts } from '../process.ts'

const STATUS = '/process/status'

import type { SourceInfo } from '../state/live.ts'

export function Process() {
  const sources = useSources('process', 'self')
  if (sources.length === 0) {
    return (
      <Empty title="This program is not read">Set process: true under readers in the configuration.</Empty>
    )
  }
  return (
    <>
      {sources.map((source) => (
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
