/** A value as it is now, with its history: what an overview is made of. */
import type { ComponentChildren } from 'preact'
import { useHistory, usePage, useShown } from '../page.ts'
import type { Severity } from '../problems/problem.ts'
import type { Route } from '../route.ts'
import { columnsOf } from '../state/series.ts'
import { Link } from './link.tsx'
import { Spark } from './spark.tsx'

interface TileProps {
  readonly title: string
  readonly value: ComponentChildren
  readonly note?: ComponentChildren
  readonly to: Partial<Route>
  readonly source: string
  readonly aggregate: string
  /** Lines that are drawn. */
  readonly keys: readonly string[]
  readonly ceiling?: number | undefined
  readonly severity?: Severity | undefined
}

export function Tile({ title, value, note, to, source, aggregate, keys, ceiling, severity }: TileProps) {
  const { live } = usePage()
  const { period } = useShown()
  const ask = (stat: string) => ({
    source,
    seconds: period.seconds,
    params: { period: period.name, aggregate, stat },
  })
  const [mean, min, max] = [useHistory(ask('mean')), useHistory(ask('min')), useHistory(ask('max'))]
  const now = live.now()
  const range = min && max && keys.length === 1 ? { min: min.history, max: max.history } : undefined
  return (
    <Link to={to} class={`tile ${severity ?? ''}`}>
      <h3>{title}</h3>
      <p class="value">{value}</p>
      <p class="note">{note}</p>
      {mean && (
        <Spark
          columns={columnsOf(mean.history, now, range)}
          keys={keys}
          from={now - period.seconds}
          to={now}
          ceiling={ceiling}
        />
      )}
    </Link>
  )
}
