/** What the lines are, their values, and which of them are shown. */
import type { Columns } from '../state/series.ts'
import { format, moment, type Unit } from '../units.ts'
import { type ChartDefinition, MAX_BANDS, nameIn, summarise, type Zoom } from './definition.ts'

/** What a value of three figures takes, in widths of a digit: with it, values that change do not move what follows. */
const ROOM: Readonly<Record<Unit, number>> = {
  percent: 5.8,
  part: 5.8,
  bytes: 7.2,
  bytes_per_second: 7.8,
  celsius: 6,
  milliseconds: 6.4,
  seconds: 6.4,
  per_second: 6.3,
  number: 4,
}

interface LegendProps {
  readonly definition: ChartDefinition
  readonly columns: Columns
  readonly hidden: ReadonlySet<string>
  readonly toggle: (key: string) => void
  /** Place of the cursor; null shows the present. */
  readonly cursor: number | null
  readonly zoom: Zoom | undefined
}

export function Legend({ definition, columns, hidden, toggle, cursor, zoom }: LegendProps) {
  const { unit, now = {} } = definition
  const at = cursor === null ? undefined : columns.x[cursor]
  const many = columns.columns.length > 1
  const ranges = columns.columns.length <= MAX_BANDS
  return (
    <div class="legend">
      <span class="when">{at === undefined ? 'now' : moment(at)}</span>
      <div class="keys">
        {columns.columns.map(({ key, mean, min, max }, place) => {
          const value =
            at === undefined
              ? ((Object.hasOwn(now, key) ? now[key] : undefined) ?? newest(mean))
              : (mean[cursor!] ?? null)
          const summary = at === undefined ? summarise(columns, key, zoom) : undefined
          const [low, high] = summary ? [summary.min, summary.max] : [min?.[cursor!], max?.[cursor!]]
          const more = summary && `mean ${format(summary.mean, unit)}, greatest at ${moment(summary.maxAt)}`
          const told = (
            <>
              <b style={{ minWidth: `${ROOM[unit]}ch` }}>{format(value, unit)}</b>
              {ranges && low !== undefined && high !== undefined && low !== null && high !== null && (
                <small title={`least and greatest${more ? ` of the time shown; ${more}` : ''}`}>
                  {format(low, unit)} … {format(high, unit)}
                  {!many && more && ` · ${more}`}
                </small>
              )}
            </>
          )
          if (!many) return <span key={key}>{told}</span>
          return (
            <button
              key={key}
              type="button"
              class={`key line-${(place % 8) + 1}`}
              aria-pressed={!hidden.has(key)}
              onClick={() => toggle(key)}
            >
              <i aria-hidden="true" />
              <span dir="auto" title={nameIn(definition, key)}>
                {nameIn(definition, key)}
              </span>{' '}
              {told}
            </button>
          )
        })}
      </div>
    </div>
  )
}

function newest(values: readonly (number | null)[]): number | null {
  return values.length === 0 ? null : (values[values.length - 1] ?? null)
}
