/** One chart: its title and values, the plot, a legend that hides lines, a table behind it, and ways to take it along. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { go, type Shown, useHistory, usePage, usePeriods, useShown } from '../page.ts'
import { PinButton } from '../parts/pin.tsx'
import { wholeSeconds } from '../route.ts'
import { type Columns, columnsOf } from '../state/series.ts'
import { useStore } from '../state/store.ts'
import { moment, span } from '../units.ts'
import { type ChartDefinition, csvOf, MAX_BANDS } from './definition.ts'
import { downloadPng, downloadText } from './export.ts'
import { Legend } from './legend.tsx'
import { createPlot, type Plot } from './plot.ts'
import { useSeen } from './seen.ts'
import { ChartTable } from './table.tsx'

const HEIGHT = 168
const NO_COLUMNS: Columns = { x: [], columns: [] }

export function Chart({ definition }: { definition: ChartDefinition }) {
  const shown = useShownOf(definition)
  const card = useRef<HTMLElement>(null)
  const plot = useRef<Plot | undefined>(undefined)
  const seen = useSeen(card)
  const { columns, waiting, error } = useColumns(definition, shown, seen)
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set(definition.hidden))
  const [cursor, setCursor] = useState<number | null>(null)
  const [table, setTable] = useState(false)
  const keys = columns.columns.map(({ key }) => key)
  const empty = !waiting && columns.x.length === 0
  const toggle = (key: string) => {
    const next = new Set(hidden)
    if (!next.delete(key)) next.add(key)
    setHidden(next)
  }
  return (
    <section class="chart" ref={card} aria-label={definition.title}>
      <header>
        <h3>{definition.title}</h3>
        <div class="actions">
          <PinButton chart={definition} name={definition.title} title="Keep on the overview" />
          <button type="button" aria-pressed={table} onClick={() => setTable(!table)}>
            Table
          </button>
          <button
            type="button"
            disabled={columns.x.length === 0}
            onClick={() => downloadText(fileName(definition, shown, 'csv'), csvOf(columns, shown.zoom))}
          >
            CSV
          </button>
          <button
            type="button"
            disabled={plot.current === undefined}
            onClick={() =>
              plot.current &&
              downloadPng(fileName(definition, shown, 'png'), plot.current.canvas, definition, keys, hidden)
            }
          >
            PNG
          </button>
        </div>
      </header>
      <PlotArea {...{ definition, columns, shown, hidden, plot, setCursor, cursor }} />
      {error !== undefined && (
        <p class="over bad" role="status">
          {error}
        </p>
      )}
      {waiting && error === undefined && <p class="over">Loading…</p>}
      {empty && error === undefined && <p class="over">No values in the last {span(shown.period.seconds)}</p>}
      <Legend {...{ definition, columns, hidden, toggle, cursor }} zoom={shown.zoom} />
      {table && <ChartTable definition={definition} columns={columns} zoom={shown.zoom} />}
    </section>
  )
}

/** What the page itself kept is no older than the shortest period. */
function useShownOf({ kept }: ChartDefinition): Shown {
  const shown = useShown()
  const [shortest = shown.period] = usePeriods()
  return kept === undefined ? shown : { chosen: shortest.name, period: shortest, zoom: undefined }
}

/** Rows of a chart that is seen; while it is not, those it had. */
function useColumns(definition: ChartDefinition, { period }: Shown, seen: boolean) {
  const { live } = usePage()
  const ask = (stat: string) =>
    seen && definition.kept === undefined && !(stat === 'min' && definition.noLeast)
      ? {
          source: definition.source,
          seconds: period.seconds,
          params: { period: period.name, aggregate: definition.aggregate, stat, ...definition.params },
          key: definition.pointKey,
        }
      : undefined
  const [mean, min, max] = [useHistory(ask('mean')), useHistory(ask('min')), useHistory(ask('max'))]
  const kept = useRef({ columns: NO_COLUMNS, period: '' })
  if (definition.kept !== undefined) {
    const { x, columns } = columnsOf(definition.kept, live.now())
    return {
      columns: { x, columns: columns.filter(({ key }) => definition.only?.includes(key)) },
      waiting: false,
      error: undefined,
    }
  }
  if (mean !== undefined && mean.error === undefined && mean.history.slotSeconds * 100 === period.seconds) {
    const least = definition.noLeast ? mean : min
    const range = least && max && { min: least.history, max: max.history }
    const { x, columns } = columnsOf(mean.history, live.now(), range)
    const { only } = definition
    const drawn = only === undefined ? columns : columns.filter(({ key }) => only.includes(key))
    kept.current = { columns: { x, columns: drawn }, period: period.name }
  }
  const waiting = kept.current.period !== period.name
  return { columns: waiting ? NO_COLUMNS : kept.current.columns, waiting, error: mean?.error }
}

function PlotArea({
  definition,
  columns,
  shown,
  hidden,
  plot,
  setCursor,
  cursor,
}: {
  definition: ChartDefinition
  columns: Columns
  shown: Shown
  hidden: ReadonlySet<string>
  plot: { current: Plot | undefined }
  setCursor: (index: number | null) => void
  cursor: number | null
}) {
  const page = usePage()
  const theme = useStore(page.theme.version)
  const area = useRef<HTMLDivElement>(null)
  const all = columns.columns.map(({ key }) => key)
  const keys = all.filter((key) => !hidden.has(key))
  const { unit, ceiling, begun, limits = [] } = definition
  const look = JSON.stringify([keys, all, unit, ceiling, begun, limits, shown, theme])

  // `look` stands for all that a plot is made of
  useLayoutEffect(() => {
    const parent = area.current!
    // Without rows there is nothing to draw, and with the first ones it would be made anew.
    if (all.length === 0) return
    const range = () => {
      const now = page.live.now()
      return shown.zoom
        ? ([shown.zoom.from, shown.zoom.to] as const)
        : ([now - shown.period.seconds, now] as const)
    }
    const made = createPlot(parent, parent.clientWidth, HEIGHT, {
      unit,
      keys,
      places: keys.map((key) => all.indexOf(key)),
      bands: keys.length <= MAX_BANDS,
      ceiling,
      begun,
      limits,
      range,
      onCursor: setCursor,
      onZoom: (from, to) => go(page, { zoom: wholeSeconds(from, to) }),
    })
    plot.current = made
    const observer = new ResizeObserver(() => made.resize(parent.clientWidth, HEIGHT))
    observer.observe(parent)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [look])

  // A new plot wants the rows as well
  useLayoutEffect(() => {
    plot.current?.update(columns)
    if (columns.x.length > 0) drawn()
  }, [columns, look])

  const steps: Readonly<Record<string, number | null>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    PageUp: -10,
    PageDown: 10,
    Escape: null,
  }
  const at = cursor === null ? undefined : columns.x[cursor]
  return (
    <div
      class="plot"
      ref={area}
      role="slider"
      tabIndex={0}
      aria-label={`${definition.title}: a point in time`}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, columns.x.length - 1)}
      aria-valuenow={cursor ?? Math.max(0, columns.x.length - 1)}
      aria-valuetext={at === undefined ? 'newest' : moment(at)}
      onKeyDown={(event) => {
        const step = steps[event.key]
        if (step === undefined) return
        plot.current?.moveCursor(step)
        if (step !== null) event.preventDefault()
      }}
      onDblClick={() => go(page, { zoom: undefined })}
    />
  )
}

/** The first chart that shows something is marked, for whoever measures. */
function drawn(): void {
  if (performance.getEntriesByName('first-chart').length === 0) performance.mark('first-chart')
}

function fileName(
  { source, aggregate, params }: ChartDefinition,
  { period }: Shown,
  extension: string,
): string {
  const parts = [source, aggregate, ...Object.values(params ?? {}), period.name]
  return `${parts
    .join('-')
    .replace(/[^\w.-]+/g, '_')
    .slice(0, 100)}.${extension}`
}
