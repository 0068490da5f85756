/**
 * Families as series of the remote-write protocol: one for each point, its labels sorted by name.
 *
 * A source has the same series sample after sample, so each is made once: its labels are sorted, checked and put into bytes when
 * it is first seen, and found again by its labels as they come.
 */
import type { Family, Point } from '../../prometheus/index.ts'
import { encodeLabels } from './labels.ts'

/** Series of one sample at most; what is over is refused. */
const MAX_SERIES = 100_000
/** Series that are known beside those of the newest sample. */
const MAX_PAST_SERIES = 1000
const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/
/** Between the parts of a key; a half of a pair, which no text of Unicode holds. */
const SEPARATOR = '\ud800'

/** A time series. There is one object for each: labels are equal where objects are. */
export interface Series {
  /** Its labels as they are written into a message. */
  readonly labels: Uint8Array
}

/** Values of one sample by series. */
export type Values = ReadonlyMap<Series, number>

/** Series of one source whose samples have the same common labels. */
export class SeriesTable {
  readonly #common: Readonly<Record<string, string>>
  /** By labels as they came: a series, or why there is none. */
  #known = new Map<string, Series | string>()
  #byLabels = new Map<string, Series>()

  /**
   * @param common Labels of all, where a point has none of that name. A label without a value is left out.
   *   Source: Prometheus, `external_labels`.
   */
  constructor(common: Readonly<Record<string, string>>) {
    this.#common = common
  }

  /** Values of all points; of two points with the same labels the first counts. What cannot be told to a store, by reason. */
  valuesOf(families: readonly Family[]): { values: Values; refused: Map<string, number> } {
    const values = new Map<Series, number>()
    const refused = new Map<string, number>()
    const refuse = (reason: string) => refused.set(reason, (refused.get(reason) ?? 0) + 1)
    for (const family of families) {
      for (const point of family.points) {
        const series = this.#seriesOf(family, point)
        if (typeof series === 'string') refuse(series)
        else if (values.has(series)) refuse('its series is in the same sample twice')
        else if (values.size >= MAX_SERIES) refuse(`it is beyond the ${MAX_SERIES} series of a sample`)
        else values.set(series, Number(point.value))
      }
    }
    return { values, refused }
  }

  /** Forgets series that are not among these, once there are many of them. */
  prune(newest: Values): void {
    if (this.#known.size <= 2 * newest.size + MAX_PAST_SERIES) return
    const kept = ([, series]: [string, Series | string]) => typeof series !== 'string' && newest.has(series)
    this.#known = new Map([...this.#known].filter(kept))
    this.#byLabels = new Map([...this.#byLabels].filter(kept))
  }

  #seriesOf(family: Family, point: Point): Series | string {
    const { labels } = point
    let key = metricName(family, point)
    for (const name in labels) key += SEPARATOR + name + SEPARATOR + labels[name]
    let series = this.#known.get(key)
    if (series === undefined) {
      series = this.#make(metricName(family, point), labels)
      this.#known.set(key, series)
    }
    return series
  }

  #make(metric: string, own: Point['labels']): Series | string {
    if (!METRIC_NAME.test(metric)) return `${JSON.stringify(metric)} is no name of a metric`
    const all: Record<string, string> = { ...this.#common, ...own, __name__: metric }
    const labels: [string, string][] = []
    for (const name of Object.keys(all).sort()) {
      if (all[name] === '') continue
      if (!LABEL_NAME.test(name)) return `${JSON.stringify(name)} is no name of a label`
      labels.push([name, all[name]!])
    }
    const key = labels.flat().join(SEPARATOR)
    const known = this.#byLabels.get(key)
    if (known !== undefined) return known
    const series = { labels: encodeLabels(labels) }
    this.#byLabels.set(key, series)
    return series
  }
}

/** The name of a point's series in Prometheus: counters end with `_total`, facts with `_info`. */
function metricName({ name, type }: Pick<Family, 'name' | 'type'>, { suffix }: Point): string {
  return name + (suffix ?? (type === 'counter' ? '_total' : type === 'info' ? '_info' : ''))
}
