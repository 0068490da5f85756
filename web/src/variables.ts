/** The charts of one variable of an app. */
import type { ChartDefinition } from './charts/definition.ts'
import type { Variable } from './flatten.ts'
import type { SourceInfo } from './state/live.ts'
import { tellName, type Unit } from './units.ts'

/** Readers that answer series by key, and growth by `rate=true`. */
const WITH_RATES: readonly string[] = ['expvar']
/** Names that say what they count. */
const UNITS: readonly (readonly [RegExp, Unit])[] = [
  [
    /(^|\.)(memstats\.(Alloc|TotalAlloc|Sys|.*(Sys|Inuse|Idle|Released|HeapAlloc)|NextGC)|rss|heap_\w+|external|array_buffers)$/,
    'bytes',
  ],
  [/_?bytes$/i, 'bytes'],
  [/(_percent|percent)$/i, 'percent'],
  [/(_ms|latency)$/i, 'milliseconds'],
  [/_seconds$/i, 'seconds'],
]

/** What a name counts, as far as it says so. */
export function unitOf(key: string): Unit {
  return UNITS.find(([name]) => name.test(key))?.[1] ?? 'number'
}

/** Whether it is words; numbers too long to be exact are digits in a string. */
export function isText(value: Variable['value']): value is string {
  return typeof value === 'string' && !/^-?\d+$/.test(value)
}

/** Value and growth of a number; of a text nothing. */
export function chartsOfVariable(
  { name, type, aggregates }: SourceInfo,
  { key, value, rate }: Variable,
): ChartDefinition[] {
  if (isText(value)) return []
  const unit = unitOf(key)
  const now = { [key]: value === null ? null : Number(value) }
  const title = tellName(key)
  const chart = { source: name, aggregate: key, title, unit, now, only: [key] }
  if (WITH_RATES.includes(type)) {
    // The source takes it for a glob, and an empty one for none.
    const series = { ...chart, aggregate: key || '*' }
    const growth = {
      ...series,
      title: `${title}, a second`,
      unit: unit === 'bytes' ? ('bytes_per_second' as const) : ('per_second' as const),
      params: { rate: 'true' },
      pointKey: 'rate',
      now: { [key]: rate },
    }
    return [{ ...series, pointKey: 'value' }, growth]
  }
  // An embedding program's own source: rows with a number by this name, under the aggregate that it has.
  const [aggregate = ''] = aggregates.includes(key) ? [key] : aggregates
  return [{ ...chart, aggregate }]
}
