/** Counters files of other programs: every counter with its value and rate, and behind each its charts. */
import { useState } from 'preact/hooks'
import type { CounterSample, CountersSample, FileSample } from '../../../src/counters/index.ts'
import { Chart } from '../charts/chart.tsx'
import type { ChartDefinition } from '../charts/definition.ts'
import { go, useLatest, usePage, useRoute, useSources } from '../page.ts'
import { Drawer } from '../parts/drawer.tsx'
import { Empty } from '../parts/empty.tsx'
import { Filter, matchesFilter } from '../parts/filter.tsx'
import { SortHead, sorted } from '../parts/sort.tsx'
import { VirtualTable } from '../parts/virtual.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { useStore } from '../state/store.ts'
import { digits, format, moment, tellName } from '../units.ts'

const ROW_HEIGHT = 33
/** Beyond this many counters a second's message is long: every other second will do. */
const MANY = 1000

interface CounterRow extends CounterSample {
  readonly file: string
  readonly alive: boolean
  /** What opens it. */
  readonly path: string
}

export function Counters() {
  const sources = useSources('counters')
  return (
    <>
      {sources.map(({ name }) => (
        <CountersOf key={name} source={name} alone={sources.length === 1} />
      ))}
    </>
  )
}

function CountersOf({ source, alone }: { source: string; alone: boolean }) {
  const { filter, sort, open } = useRoute()
  const [every, setEvery] = useState(1)
  const latest = useLatest<CountersSample>(source, every)
  if (latest === undefined) return <Waiting name={source} nothing={<NoFiles />} />
  const files = Object.entries(latest.sample.files)
  if (files.length === 0) return <NoFiles />
  const rows = files.flatMap(([file, { counters, alive }]) =>
    counters.map(
      (counter): CounterRow => ({ ...counter, file, alive, path: `${source}/${file}/${counter.label}` }),
    ),
  )
  const wanted = rows.length > MANY ? 2 : 1
  if (wanted !== every) setEvery(wanted)
  const found =
    filter === '' ? rows : rows.filter(({ file, label }) => matchesFilter(`${file} ${label}`, filter))
  const shown = sorted(found, sort, {
    label: ({ label }) => label,
    file: ({ file }) => file,
    value: ({ value }) => Number(value),
    rate: ({ rate }) => rate,
  })
  const opened = rows.find(({ path }) => path === open)
  return (
    <section aria-label="Counters">
      <div class="bar">
        <h2>{alone ? 'Counters' : source}</h2>
        <Filter label="Filter by label or file" found={found.length} total={rows.length} />
      </div>
      {files.map(([file, { error, alive, pid }]) => (
        <FileNote key={file} {...{ file, error, alive, pid }} />
      ))}
      <VirtualTable
        label="Counters"
        class="counters"
        rows={shown}
        rowHeight={ROW_HEIGHT}
        head={
          <tr>
            <th scope="col" class="pin">
              <span class="unseen">Pinned</span>
            </th>
            <SortHead name="label" class="name">
              Label
            </SortHead>
            <SortHead name="file" class="file">
              File
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
          <Counter key={row.path} row={row} place={place} source={source} open={row.path === open} />
        )}
      />
      {found.length === 0 && <p class="muted">No label or file holds “{filter}”.</p>}
      {opened !== undefined && (
        <Drawer title={tellName(opened.label)}>
          <FileFacts name={opened.file} file={latest.sample.files[opened.file]} />
          <div class="charts">
            <Chart key={`rate ${opened.path}`} definition={chartOf(source, opened, 'rate')} />
            <Chart key={`value ${opened.path}`} definition={chartOf(source, opened, 'value')} />
          </div>
        </Drawer>
      )}
    </section>
  )
}

function chartOf(
  source: string,
  { file, label, value, rate }: CounterRow,
  aggregate: 'rate' | 'value',
): ChartDefinition {
  const now = aggregate === 'rate' ? rate : Number(value)
  const name = tellName(label)
  return {
    source,
    aggregate,
    title: aggregate === 'rate' ? `${name}, a second` : name,
    unit: aggregate === 'rate' ? 'per_second' : 'number',
    params: { file, label },
    // The source takes both for globs.
    only: [label],
    pointKey: aggregate,
    now: { [label]: now },
  }
}

function Counter({
  row,
  place,
  source,
  open,
}: {
  row: CounterRow
  place: number
  source: string
  open: boolean
}) {
  const page = usePage()
  const { label, file, value, rate, alive, path } = row
  const told = digits(value as number | string)
  const pin = chartOf(source, row, 'rate')
  const pinned = useStore(page.pins.list) && page.pins.has(pin)
  return (
    <tr aria-rowindex={place} class={open ? 'opened' : ''}>
      <td class="pin">
        <button type="button" aria-pressed={pinned} onClick={() => page.pins.toggle(pin)}>
          <span aria-hidden="true">{pinned ? '★' : '☆'}</span>
          <span class="unseen">Pin {tellName(label)}</span>
        </button>
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

/** What the file's program says of itself. */
function FileFacts({ name, file }: { name: string; file: FileSample | undefined }) {
  const statics = (file?.statics ?? []).map(({ label, value }) => `${label}: ${value}`)
  const started = file?.started == null ? '' : `since ${moment(file.started / 1000)}`
  return (
    <p class="facts muted" dir="auto">
      {[name, file?.pid == null ? '' : `process ${file.pid}`, started, ...statics]
        .filter(Boolean)
        .join(' · ')}
    </p>
  )
}

function FileNote({
  file,
  error,
  alive,
  pid,
}: {
  file: string
  error: string | null
  alive: boolean
  pid: number | null
}) {
  if (error !== null) {
    return (
      <p class="bad">
        <b dir="auto">{file}</b> cannot be read: {error}
      </p>
    )
  }
  if (alive) return null
  return (
    <p class="muted">
      <b dir="auto">{file}</b>: its process ({pid}) has ended; its counters stay as it left them.
    </p>
  )
}

function NoFiles() {
  return (
    <Empty title="No counters files">
      <p>
        A program that writes its counters into a file of shared memory appears here by itself, without a
        restart.
      </p>
      <p>
        In Node: <code>import {'{ createCounters }'} from 'treering/counters'</code>. Files of Java (mc4j) and
        Go (mc4go) are read as they are, from the folder that the configuration names under{' '}
        <code>readers: counters: directory</code>.
      </p>
    </Empty>
  )
}
