/** The charts that this browser's user pinned, with the names and bounds that their own views give them. */
import type { SystemInfoSample } from '../../../src/systeminfo/index.ts'
import { Chart } from '../charts/chart.tsx'
import { machineChart } from '../machine.ts'
import { useLatest, usePage } from '../page.ts'
import type { Pin } from '../pins.ts'
import { processCharts } from '../process.ts'
import { useStore } from '../state/store.ts'

export function Pinned() {
  const { pins, live } = usePage()
  const list = useStore(pins.list)
  const sources = live.hello?.sources ?? []
  // What is no more there has nothing to show; it is back when its source is.
  const there = list.filter(({ source }) => sources.some(({ name }) => name === source))
  if (there.length === 0) return null
  return (
    <section aria-label="Pinned">
      <h2>Pinned</h2>
      <div class="charts">
        {there.map((pin) => {
          const source = sources.find(({ name }) => name === pin.source)!
          const key = JSON.stringify(pin)
          if (source.type === 'system_info') return <MachinePin key={key} pin={pin} />
          const known = processCharts(source, true).find(
            ({ aggregate, title }) => aggregate === pin.aggregate && title === pin.title,
          )
          return <Chart key={key} definition={known ?? pin} />
        })}
      </div>
    </section>
  )
}

function MachinePin({ pin }: { pin: Pin }) {
  const latest = useLatest<SystemInfoSample>(pin.source)
  return <Chart definition={{ ...machineChart(pin.source, pin.aggregate, latest?.sample), ...pin }} />
}
