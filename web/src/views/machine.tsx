/** Every number of the machine as a chart. */
import { useEffect } from 'preact/hooks'
import type { SystemInfoSample } from '../../../src/systeminfo/index.ts'
import { Chart } from '../charts/chart.tsx'
import { machineCharts } from '../machine.ts'
import { useLatest, useRoute, useSources } from '../page.ts'
import { Empty } from '../parts/empty.tsx'

export function Machine() {
  const machines = useSources('system_info')
  if (machines.length === 0) {
    return (
      <Empty title="This machine is not read">
        Set system_info: true under readers in the configuration.
      </Empty>
    )
  }
  return (
    <>
      {machines.map((machine) => (
        <MachineCharts key={machine.name} source={machine.name} aggregates={machine.aggregates} />
      ))}
    </>
  )
}

function MachineCharts({ source, aggregates }: { source: string; aggregates: readonly string[] }) {
  const latest = useLatest<SystemInfoSample>(source)
  const { open } = useRoute()
  useEffect(() => {
    document.getElementById(`chart-${open}`)?.scrollIntoView({ block: 'center' })
  }, [open])
  return (
    <div class="charts">
      {machineCharts(source, aggregates, latest?.sample).map((definition) => (
        <div
          key={definition.aggregate}
          id={`chart-${definition.aggregate}`}
          class={definition.aggregate === open ? 'opened' : ''}
        >
          <Chart definition={definition} />
        </div>
      ))}
    </div>
  )
}
