/** What a chart shows, and what is made of its rows. */
import type { Columns, History } from '../state/series.ts'
import { tellName, type Unit } from '../units.ts'

/** One chart. */
export interface ChartDefinition {
  readonly source: string
  readonly aggregate: string
  readonly title: string
  readonly unit: Unit
  /** The source's own parameters. */
  readonly params?: Readonly<Record<string, string>>
  /** Sources that answer series: the name of a point's number. */
  readonly pointKey?: string
  /** The only keys that are drawn, where the source answers more than was meant. */
  readonly only?: readonly string[]
  /** The source keeps no least value: the band goes from the mean to the greatest. */
  readonly noLeast?: true
  /** Keys as a person calls them. */
  readonly names?: Readonly<Record<string, string>>
  /** Keys that are not shown until they are asked for. */
  readonly hidden?: readonly string[]
  /** Where the axis ends, if that is known, such as a memory's size. */
  readonly ceiling?: number | undefined
  /** When what is wrong began: a line marks it; Unix seconds. */
  readonly begun?: number | undefined
  /** Values that a line marks, such as a sensor's critical temperature. */
  readonly limits?: readonly { readonly value: number; readonly text: string }[]
  /** The present values by key, where a newer answer is at hand than the newest slot's. */
  readonly now?: Readonly<Record<string, number | null>> | undefined
  /** Rows that the page itself kept, of what the server keeps no history of; absent: the server is asked. */
  readonly kept?: History
}

/** A key as a person calls it. */
export function nameIn({ names = {} }: ChartDefinition, key: string): string {
  return (Object.hasOwn(names, key) ? names[key] : undefined) ?? tellName(key)
}

/** Bands of more series than this would cover each other. */
export const MAX_BANDS = 3

/** Statistics of what a chart shows. */
export interface Summary {
  readonly mean: number
  readonly min: number
  readonly max: number
  /** When the greatest was, Unix seconds. */
  readonly maxAt: number
}

/** The part of the time that is shown, Unix seconds. */
export interface Zoom {
  readonly from: number
  readonly to: number
}

/** Whether a moment is shown; without a zoom every one is. */
export function isWithin(seconds: number, zoom: Zoom | undefined): boolean {
  return zoom === undefined || (seconds >= zoom.from && seconds <= zoom.to)
}

/** Mean, least and greatest of a column within a time; undefined when it has no value there. */
export function summarise({ x, columns }: Columns, key: string, zoom: Zoom | undefined): Summary | undefined {
  const column = columns.find((each) => each.key === key)
  let [count, sum, min, max, maxAt] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (let i = 0; column !== undefined && i < x.length; i++) {
    const value = column.mean[i] ?? null
    if (value === null || !isWithin(x[i]!, zoom)) continue
    count++
    sum += value
    min = Math.min(min, column.min?.[i] ?? value)
    const high = column.max?.[i] ?? value
    if (high > max) [max, maxAt] = [high, x[i]!]
  }
  return count === 0 ? undefined : { mean: sum / count, min, max, maxAt }
}

/**
 * The rows that are shown as CSV: `time` in ISO 8601, for each key its mean, and its least and greatest where they are known.
 * Source: RFC 4180 for quotes and line ends.
 */
export function csvOf({ x, columns }: Columns, zoom?: Zoom): string {
  const head = columns.flatMap(({ key, min }) =>
    min === undefined ? [key] : [key, `${key} min`, `${key} max`],
  )
  const lines = [['time', ...head].map(quoted).join(',')]
  for (let i = 0; i < x.length; i++) {
    if (!isWithin(x[i]!, zoom)) continue
    const cells = columns.flatMap(({ mean, min, max }) =>
      min === undefined ? [mean[i]] : [mean[i], min[i], max?.[i]],
    )
    if (cells.every((cell) => cell === null)) continue
    lines.push(
      [new Date(Math.round(x[i]! * 1000)).toISOString(), ...cells.map((cell) => cell ?? '')].join(','),
    )
  }
  return `${lines.join('\r\n')}\r\n`
}

/** A spreadsheet takes a text that begins so for a formula. */
const FORMULA = /^[=+\-@\t\r]/

function quoted(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
