/** This program itself: its requests, its heap, its event loop. */
import { Chart } from '../charts/chart.tsx'
import type { ChartDefinition } from '../charts/definition.ts'
import { useSources } from '../page.ts'
import { Empty } from '../parts/empty.tsx'
import type { Unit } from '../units.ts'
import { unitOf } from '../variables.ts'

/** Title and unit by aggregate; one that is not here is called as it is. */
const CHARTS: Readonly<Record<string, readonly [title: string, unit: Unit]>> = {
  request_rate: ['Requests a second', 'per_second'],
  request_latency: ['Request latency', 'milliseconds'],
  error_rate: ['Failed requests', 'percent'],
  heap: ['Memory', 'bytes'],
  event_loop_delay: ['Event-loop delay', 'milliseconds'],
  gc: ['Garbage collection', 'percent'],
  cpu: ['CPU', 'percent'],
}

export function Process() {
  const sources = useSources('process')
  if (sources.length === 0) {
    return (
      <Empty title="This process is not read">Set process: true under readers in the configuration.</Empty>
    )
  }
  return (
    <>
      {sources.map(({ name, aggregates }) => (
        <div class="charts" key={name}>
          {aggregates.map((aggregate) => (
            <Chart key={aggregate} definition={chartOf(name, aggregate)} />
          ))}
        </div>
      ))}
    </>
  )
}

function chartOf(source: string, aggregate: string): ChartDefinition {
  const [title, unit] = CHARTS[aggregate] ?? [aggregate.replaceAll('_', ' '), unitOf(aggregate)]
  return { source, aggregate, title, unit }
}
