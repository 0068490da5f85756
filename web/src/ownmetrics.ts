/** What this program records of itself, such as an embedding shop's `shop/orders`: every stream of every metric as a variable. */
import { useEffect, useState } from 'preact/hooks'
import { rateOf, type Variable } from './flatten.ts'
import { usePage } from './page.ts'

/** Where they are told. Source: `src/process/task/routes.ts`. */
export const METRICS_ROUTE = '/process/metrics'

/** One stream. Source: `TableRow` of `src/process/task`. */
interface MetricRow {
  readonly name: string
  readonly fields: Readonly<Record<string, string | number | boolean>>
  readonly value: number | string | boolean | { readonly count: number; readonly sum: number }
  /** Whether it is the one of all streams that found no place. */
  readonly overflow?: boolean
}

const EVERY_MS = 2000
/** Metrics of requests and of the runtime. Source: `src/process/requests`, `src/process/runtime`. */
const GIVEN = /^(http|node|go)\//
/** Beyond, the rest is left out. */
const MAX_ROWS = 5000

/** `shop/orders{item=tea}` and its value; of a distribution its count and mean. */
export function metricVariables(
  rows: readonly MetricRow[],
  at: number,
  before: readonly Variable[] = [],
): readonly Variable[] {
  const last = new Map(before.map((each) => [each.key, each]))
  // What the program itself declares comes before what every program has.
  const ordered = [...rows].sort((a, b) => Number(GIVEN.test(a.name)) - Number(GIVEN.test(b.name)))
  return ordered.slice(0, MAX_ROWS).flatMap(({ name, fields, value, overflow }) => {
    const texts = Object.entries(fields).map(([field, each]) => `${field}=${each}`)
    const label = overflow ? '{all others}' : texts.length > 0 ? `{${texts.join(', ')}}` : ''
    return partsOf(value).map(([part, each]) => {
      const key = `${name}${label}${part}`
      // A mean does not grow.
      const rate = part === ' mean' ? null : rateOf(each, at, last.get(key))
      return { key, value: each, rate, at }
    })
  })
}

function partsOf(value: MetricRow['value']): [part: string, value: number | string][] {
  if (typeof value === 'boolean') return [['', String(value)]]
  if (typeof value !== 'object') return [['', value]]
  const { count, sum } = value
  return count === 0
    ? [[' count', 0]]
    : [
        [' count', count],
        [' mean', sum / count],
      ]
}

/** Asked again and again; empty where nothing is told. @param wanted Whether the server tells it. */
export function useOwnMetrics(wanted: boolean): readonly Variable[] {
  const { live } = usePage()
  const [variables, setVariables] = useState<readonly Variable[]>([])
  useEffect(() => {
    if (!wanted) return
    const stopped = new AbortController()
    const ask = async () => {
      if (document.hidden) return
      const headers = { accept: 'application/json' }
      const answer = await fetch(METRICS_ROUTE, { headers, signal: stopped.signal }).catch(() => undefined)
      if (!answer?.ok) return
      const { data } = (await answer.json()) as { data: readonly MetricRow[] }
      setVariables((before) => metricVariables(data, live.now(), before))
    }
    void ask()
    const timer = setInterval(() => void ask(), EVERY_MS)
    return () => {
      stopped.abort()
      clearInterval(timer)
    }
  }, [live, wanted])
  return variables
}
