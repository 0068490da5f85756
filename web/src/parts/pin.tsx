/** The star that keeps a chart on the overview, and the column of tables that it stands in. */
import type { ChartDefinition } from '../charts/definition.ts'
import { usePage } from '../page.ts'
import { useStore } from '../state/store.ts'

interface PinButtonProps {
  /** Without a chart, or where only this page keeps its values, there is nothing to pin and no button. */
  readonly chart: ChartDefinition | undefined
  /** What is pinned, for whoever does not see the star. */
  readonly name: string
  /** Shown at the pointer. */
  readonly title?: string
}

export function PinButton({ chart, name, title }: PinButtonProps) {
  const { pins } = usePage()
  useStore(pins.list)
  if (chart === undefined || chart.kept !== undefined) return null
  const pinned = pins.has(chart)
  return (
    <button type="button" aria-pressed={pinned} title={title} onClick={() => pins.toggle(chart)}>
      <span aria-hidden="true">{pinned ? '★' : '☆'}</span>
      <span class="unseen">Pin {name}</span>
    </button>
  )
}

/** Above the stars of a table's rows. */
export function PinHead() {
  return (
    <th scope="col" class="pin">
      <span class="unseen">Pinned</span>
    </th>
  )
}
