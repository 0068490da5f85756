/** Every number of the machine as a chart. */
import { useEffect } from 'preact/hooks'
import type { Host, SystemInfoSample } from '../../../src/systeminfo/index.ts'
import { Chart } from '../charts/chart.tsx'
import type { ChartDefinition } from '../charts/definition.ts'
import { machineCharts } from '../machine.ts'
import { useLatest, useRoute, useSources } from '../page.ts'
import { Empty } from '../parts/empty.tsx'
import type { Problem } from '../problems/problem.ts'
import { useSince } from '../problems/usesince.ts'
import type { SourceInfo } from '../state/live.ts'

interface MachineProps {
  readonly host: Host | undefined
  readonly problems: readonly Problem[]
}

export function Machine({ host, problems }: MachineProps) {
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
        <MachineCharts key={machine.name} machine={machine} host={host} problems={problems} />
      ))}
    </>
  )
}

function MachineCharts({ machine, host, problems }: MachineProps & { machine: SourceInfo }) {
  const { name: source, aggregates } = machine
  const latest = useLatest<SystemInfoSample>(source)
  const { open } = useRoute()
  useEffect(() => {
    document.getElementById(`chart-${open}`)?.scrollIntoView({ block: 'center' })
  }, [open])
  return (
    <div class="charts">
      {machineCharts(source, aggregates, latest?.sample, host?.cores).map((definition) => (
        <div
          key={definition.aggregate}
          id={`chart-${definition.aggregate}`}
          class={definition.aggregate === open ? 'opened' : ''}
        >
          <ProblemChart definition={definition} problem={problemOf(problems, definition)} />
        </div>
      ))}
    </div>
  )
}

/** What is wrong with what a chart shows. */
function problemOf(
  problems: readonly Problem[],
  { source, aggregate }: ChartDefinition,
): Problem | undefined {
  return problems.find(
    ({ since }) => typeof since === 'object' && since.source === source && since.aggregate === aggregate,
  )
}

/** The chart with a mark at the moment at which its problem began. */
function ProblemChart({
  definition,
  problem,
}: {
  definition: ChartDefinition
  problem: Problem | undefined
}) {
  const since = useSince(problem ?? {})
  return <Chart definition={since === undefined ? definition : { ...definition, begun: since.at }} />
}
