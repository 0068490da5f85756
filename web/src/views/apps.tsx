/** Other programs by their variables, and an embedding program's own sources: a table of live numbers, each with its chart. */
import { useEffect, useState } from 'preact/hooks'
import { Chart } from '../charts/chart.tsx'
import type { ChartDefinition } from '../charts/definition.ts'
import { flatten, type Variable } from '../flatten.ts'
import { go, useLatest, usePage, useRoute, useSources } from '../page.ts'
import { Drawer } from '../parts/drawer.tsx'
import { Empty } from '../parts/empty.tsx'
import { Filter, matchesFilter } from '../parts/filter.tsx'
import { Link } from '../parts/link.tsx'
import { SortHead, sorted } from '../parts/sort.tsx'
import { VirtualTable } from '../parts/virtual.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { viewOfSource } from '../sources.ts'
import type { SourceInfo } from '../state/live.ts'
import { useStore } from '../state/store.ts'
import { digits, format } from '../units.ts'
import { chartsOfVariable, unitOf } from '../variables.ts'

const ROW_HEIGHT = 33

export function Apps() {
  const { live } = usePage()
  const { open } = useRoute()
  useSources()
  const apps = (live.hello?.sources ?? []).filter((source) => viewOfSource(source) === 'apps')
  const [first] = apps
  if (first === undefined) return <NoApps />
  const name = open.split('/')[0]
  const app = apps.find((each) => each.name === name) ?? first
  return (
    <>
      {apps.length > 1 && (
        <nav class="apps" aria-label="Apps">
          {apps.map((each) => (
            <Link key={each.name} to={{ view: 'apps', open: each.name }} current={each === app}>
              {each.name}
            </Link>
          ))}
        </nav>
      )}
      <App key={app.name} app={app} />
    </>
  )
}

function App({ app }: { app: SourceInfo }) {
  const page = usePage()
  const { filter, sort, open } = useRoute()
  const variables = useVariables(app)
  if (variables === undefined) return <Waiting name={app.name} />
  const found = variables.filter(({ key }) => matchesFilter(key, filter))
  const shown = sorted(found, sort, {
    key: ({ key }) => key,
    value: ({ value }) => (typeof value === 'number' ? value : null),
    rate: ({ rate }) => rate,
  })
  const key = open.startsWith(`${app.name}/`) ? open.slice(app.name.length + 1) : undefined
  const opened = variables.find((each) => each.key === key)
  return (
    <section aria-label={app.name}>
      <div class="bar">
        <h2>{app.name}</h2>
        <Filter label="Filter by name" found={found.length} total={variables.length} />
      </div>
      <VirtualTable
        label={`Variables of ${app.name}`}
        class="counters"
        rows={shown}
        rowHeight={ROW_HEIGHT}
        columns={4}
        head={
          <tr>
            <th scope="col" class="pin">
              <span class="unseen">Pinned</span>
            </th>
            <SortHead name="key">Name</SortHead>
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
            charts={chartsOfVariable(app, row)}
            opened={row === opened}
            toggle={() => go(page, { open: row === opened ? app.name : `${app.name}/${row.key}` })}
          />
        )}
      />
      {opened !== undefined && (
        <Drawer title={opened.key}>
          <div class="charts">
            {chartsOfVariable(app, opened).map((definition) => (
              <Chart
                key={JSON.stringify([definition.aggregate, definition.params])}
                definition={definition}
              />
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
  const page = usePage()
  const [chart] = charts
  const pinned = useStore(page.pins.list) && chart !== undefined && page.pins.has(chart)
  const text = typeof value === 'string' && !/^-?\d+$/.test(value)
  const unit = unitOf(key)
  return (
    <tr aria-rowindex={place} class={opened ? 'opened' : ''}>
      <td class="pin">
        {chart && (
          <button type="button" aria-pressed={pinned} onClick={() => page.pins.toggle(chart)}>
            <span aria-hidden="true">{pinned ? '★' : '☆'}</span>
            <span class="unseen">Pin {key}</span>
          </button>
        )}
      </td>
      <th scope="row">
        {chart ? (
          <button type="button" class="open" dir="auto" onClick={toggle}>
            {key}
          </button>
        ) : (
          <span dir="auto">{key}</span>
        )}
      </th>
      <td
        class={text ? '' : 'number'}
        dir={text ? 'auto' : undefined}
        title={typeof value === 'string' ? value : digits(value)}
      >
        {text ? value : unit === 'number' ? digits(value) : format(Number(value), unit)}
      </td>
      <td class="number">
        {rate === 0 ? '0' : format(rate, unit === 'bytes' ? 'bytes_per_second' : 'per_second')}
      </td>
    </tr>
  )
}

/** Numbers and texts of the newest sample, with their growth. */
function useVariables({ name }: SourceInfo): readonly Variable[] | undefined {
  const latest = useLatest<Record<string, unknown>>(name)
  const [state, setState] = useState<{ variables: readonly Variable[]; sample: unknown }>()
  useEffect(() => {
    if (latest === undefined) return
    setState((before) => ({ sample: latest.sample, variables: flatten(latest.sample, before?.variables) }))
  }, [latest])
  return state?.variables
}

function NoApps() {
  return (
    <Empty title="No apps yet">
      <p>
        A program that serves its variables at <code>/debug/vars</code>, as those in Go do with expvar, is
        read by:
      </p>
      <pre>
        <code>{`readers:\n  my_app:\n    type: expvar\n    endpoint: localhost:1234`}</code>
      </pre>
    </Empty>
  )
}
