/** One counter in the table. */
import { type Counter, chartOfCounter } from '../counters.ts'
import { go, usePage } from '../page.ts'
import { PinButton } from '../parts/pin.tsx'
import { digits, format, tellName } from '../units.ts'

interface CounterRowProps {
  readonly row: Counter
  readonly place: number
  readonly open: boolean
}

export function CounterRow({ row, place, open }: CounterRowProps) {
  const page = usePage()
  const { label, file, value, rate, alive, path } = row
  const told = digits(value as number | string)
  return (
    <tr aria-rowindex={place} class={open ? 'opened' : ''}>
      <td class="pin">
        <PinButton chart={chartOfCounter(row, 'rate')} name={tellName(label)} />
      </td>
      <th scope="row" class="name">
        <button type="button" class="open" dir="auto" onClick={() => go(page, { open: open ? '' : path })}>
          {tellName(label)}
        </button>
      </th>
      <td class="file muted" dir="auto">
        {file}
        {alive ? '' : ' (ended)'}
      </td>
      <td class="number" title={told}>
        {told}
      </td>
      <td class="number">{rate === 0 ? '0' : format(rate, 'per_second')}</td>
    </tr>
  )
}
