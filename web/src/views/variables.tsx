/** A table of live numbers and texts, each number with its charts behind it: apps, and this program itself. */
import { Chart } from '../charts/chart.tsx'
import type { ChartDefinition } from '../charts/definition.ts'
import type { Variable } from '../flatten.ts'
import { go, usePage, useRoute } from '../page.ts'
import { Drawer } from '../parts/drawer.tsx'
import { Filter, matchesFilter } from '../parts/filter.tsx'
import { PinButton, PinHead } from '../parts/pin.tsx'
import { SortHead, sorted } from '../parts/sort.tsx'
import { VirtualTable } from '../parts/virtual.tsx'
import { digits, format, tellName } from '../units.ts'
import { isText, unitOf } from '../variables.ts'

const ROW_HEIGHT = 33

interface VariablesProps {
  /** Of the source: what opens its variables begins with it. */
  readonly name: string
  readonly variables: readonly Variable[]
  /** None for what has no history. */
  readonly chartsOf: (variable: Variable) => readonly ChartDefinition[]
}

export function Variables({ name, variables, chartsOf }: VariablesProps) {
  const page = usePage()
  const { filter, sort, open } = useRoute()
  const found = variables.filter(({ key }) => matchesFilter(key, filter))
  const shown = sorted(found, sort, {
    key: ({ key }) => key,
    value: ({ value }) => (typeof value === 'number' ? value : null),
    rate: ({ rate }) => rate,
  })
  const key = open.startsWith(`${name}/`) ? open.slice(name.length + 1) : undefined
  const opened = variables.find((each) => each.key === key)
  return (
    <section aria-label={name}>
      <div class="bar">
        <h2>{name}</h2>
        <Filter label="Filter by name" found={found.length} total={variables.length} />
      </div>
      <VirtualTable
        label={`Variables of ${name}`}
        class="counters variables"
        rows={shown}
        rowHeight={ROW_HEIGHT}
        head={
          <tr>
            <PinHead />
            <SortHead name="key" class="name">
              Name
            </SortHead>
            <SortHead name="value" class="number" descendingFirst>
              Value
            </SortHead>
            <SortHead name="rate" class="number" descendingFirst>
              A second
            </SortHead>
          </tr>
        }
        row={(row, place) => (
          <VariableRow
            key={row.key}
            row={row}
            place={place}
            charts={chartsOf(row)}
            opened={row === opened}
            toggle={() => go(page, { open: row === opened ? name : `${name}/${row.key}` })}
          />
        )}
      />
      {found.length === 0 && <p class="muted">No name holds “{filter}”.</p>}
      {opened !== undefined && (
        <Drawer title={tellName(opened.key)} closed={name}>
          <div class="charts">
            {chartsOf(opened).map((definition) => (
              <Chart key={definition.title} definition={definition} />
            ))}
          </div>
        </Drawer>
      )}
    </section>
  )
}

interface VariableRowProps {
  readonly row: Variable
  readonly place: number
  readonly charts: readonly ChartDefinition[]
  readonly opened: boolean
  readonly toggle: () => void
}

function VariableRow({ row: { key, value, rate }, place, charts, opened, toggle }: VariableRowProps) {
  const [chart] = charts
  const text = isText(value)
  const unit = unitOf(key)
  return (
    <tr aria-rowindex={place} class={opened ? 'opened' : ''}>
      <td class="pin">
        <PinButton chart={chart} name={tellName(key)} />
      </td>
      <th scope="row" class="name">
        {chart ? (
          <button type="button" class="open" dir="auto" onClick={toggle}>
            {tellName(key)}
          </button>
        ) : (
          <span dir="auto">{tellName(key)}</span>
        )}
      </th>
      <td
        class={text ? '' : 'number'}
        dir={text ? 'auto' : undefined}
        title={typeof value === 'string' ? value : digits(value)}
      >
        {text
          ? value
          : unit === 'number'
            ? digits(value)
            : format(value === null ? null : Number(value), unit)}
      </td>
      <td class="number">
        {rate === 0 ? '0' : format(rate, unit === 'bytes' ? 'bytes_per_second' : 'per_second')}
      </td>
    </tr>
  )
}
