/** Counters files of other programs: every counter with its value and rate, and behind each its charts. */
import { useState } from 'preact/hooks'
import type { CountersSample } from '../../../src/counters/index.ts'
import { Chart } from '../charts/chart.tsx'
import { type Counter, chartOfCounter } from '../counters.ts'
import { useLatest, useRoute, useSources } from '../page.ts'
import { Drawer } from '../parts/drawer.tsx'
import { Filter, matchesFilter } from '../parts/filter.tsx'
import { PinHead } from '../parts/pin.tsx'
import { SortHead, sorted } from '../parts/sort.tsx'
import { VirtualTable } from '../parts/virtual.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { tellName } from '../units.ts'
import { FileFacts, FileNote, NoFiles } from './counterfiles.tsx'
import { CounterRow } from './counterrow.tsx'

const ROW_HEIGHT = 33
/** Beyond this many counters a second's message is long: every other second will do. */
const MANY = 1000

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
      (counter): Counter => ({ ...counter, source, file, alive, path: `${source}/${file}/${counter.label}` }),
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
            <PinHead />
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
        row={(row, place) => <CounterRow key={row.path} row={row} place={place} open={row.path === open} />}
      />
      {found.length === 0 && <p class="muted">No label or file holds “{filter}”.</p>}
      {opened !== undefined && (
        <Drawer title={tellName(opened.label)}>
          <FileFacts name={opened.file} file={latest.sample.files[opened.file]} />
          <div class="charts">
            <Chart key={`rate ${opened.path}`} definition={chartOfCounter(opened, 'rate')} />
            <Chart key={`value ${opened.path}`} definition={chartOfCounter(opened, 'value')} />
          </div>
        </Drawer>
      )}
    </section>
  )
}
