/** Families as series of the remote-write protocol: one for each point, its labels sorted by name. */
import type { Family, Point } from '../../prometheus/index.ts'

/** Series of one sample at most; what is over is refused. */
const MAX_SERIES = 100_000
const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/
/** Between the parts of a key; a half of a pair, which no text of Unicode holds. */
const SEPARATOR = '\ud800'

/** The name of a time series: its labels, `__name__` among them. */
export interface Series {
  /** Equal for equal labels. */
  readonly key: string
  /** Name, value, name, value …, sorted by name. */
  readonly labels: readonly string[]
}

/** A series with its value at one time; undefined says that it ended. */
export interface Value {
  readonly series: Series
  readonly value: number | undefined
}

/** The values of one sample, and what of it cannot be told to a store, by reason. */
export interface Values {
  readonly values: Map<string, Value>
  readonly refused: Map<string, number>
}

/**
 * Values of all points. Each series is there once: of two points with the same labels the first counts.
 *
 * @param common Labels of all, where a point has none of that name. A label without a value is left out.
 *   Source: Prometheus, `external_labels`.
 */
export function valuesOf(families: readonly Family[], common: Readonly<Record<string, string>>): Values {
  const values = new Map<string, Value>()
  const refused = new Map<string, number>()
  const refuse = (reason: string) => refused.set(reason, (refused.get(reason) ?? 0) + 1)
  for (const family of families) {
    for (const point of family.points) {
      const series = seriesOf(family, point, common)
      if (typeof series === 'string') refuse(series)
      else if (values.has(series.key)) refuse('its series is in the same sample twice')
      else if (values.size >= MAX_SERIES) refuse(`it is beyond the ${MAX_SERIES} series of a sample`)
      else values.set(series.key, { series, value: Number(point.value) })
    }
  }
  return { values, refused }
}

/** The name of a point's series in Prometheus: counters end with `_total`, facts with `_info`. */
function metricName({ name, type }: Pick<Family, 'name' | 'type'>, { suffix }: Point): string {
  return name + (suffix ?? (type === 'counter' ? '_total' : type === 'info' ? '_info' : ''))
}

/** A series, or why there is none. */
function seriesOf(family: Family, point: Point, common: Readonly<Record<string, string>>): Series | string {
  const name = metricName(family, point)
  if (!METRIC_NAME.test(name)) return `${JSON.stringify(name)} is no name of a metric`
  const all: Record<string, string> = { ...common, ...point.labels, __name__: name }
  const names = Object.keys(all).sort()
  const labels: string[] = []
  for (const label of names) {
    const value = all[label]!
    if (value === '') continue
    if (!LABEL_NAME.test(label)) return `${JSON.stringify(label)} is no name of a label`
    labels.push(label, value)
  }
  return { key: labels.join(SEPARATOR), labels }
}
