/** Numbers as a person reads them. */

/** What a number counts. */
export type Unit =
  | 'percent'
  | 'part'
  | 'bytes'
  | 'bytes_per_second'
  | 'celsius'
  | 'milliseconds'
  | 'seconds'
  | 'per_second'
  | 'number'

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']
const DECIMAL = ['', 'k', 'M', 'G', 'T', 'P', 'E']
/** Between a number and its unit: it never breaks there. */
const SPACE = '\u202F'
/** What stands for no value. */
export const NONE = '–'

/** A name to be seen: an empty one would be none. */
export function tellName(name: string): string {
  return name === '' ? '(empty)' : name
}

/** A number with its unit: `12.3 %`, `5.2 GiB`, `1.4 MB/s`, `48 °C`. Null, undefined and what is not finite is `–`. */
export function format(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE
  switch (unit) {
    case 'part':
      return format(value * 100, 'percent')
    case 'percent':
      return `${value < 9.95 ? trim(value.toFixed(1)) : figures(value)}${SPACE}%`
    case 'celsius':
      return `${figures(value)}${SPACE}°C`
    case 'bytes':
      return scaled(value, 1024, BINARY, '')
    case 'bytes_per_second':
      return scaled(value, 1000, DECIMAL, 'B/s')
    case 'milliseconds':
      return value >= 1000 ? `${figures(value / 1000)}${SPACE}s` : `${figures(value)}${SPACE}ms`
    case 'seconds':
      return value < 1 ? format(value * 1000, 'milliseconds') : `${figures(value)}${SPACE}s`
    case 'per_second':
      return scaled(value, 1000, DECIMAL, '/s')
    case 'number':
      return Math.abs(value) < 10_000 ? figures(value) : scaled(value, 1000, DECIMAL, '')
  }
}

/** A whole number with all its digits in groups: `1 234 567`. Digits beyond 2^53 may be given as text. */
export function digits(value: number | string | null | undefined): string {
  if (value === null || value === undefined) return NONE
  const text = typeof value === 'number' && !Number.isInteger(value) ? figures(value) : String(value)
  const [whole = '', rest] = text.split('.')
  const grouped = /^-?\d+$/.test(whole) ? whole.replace(/\B(?=(\d{3})+$)/g, SPACE) : whole
  return rest === undefined ? grouped : `${grouped}.${rest}`
}

/** A time span in its two largest units: `45 s`, `3 min`, `2 h 5 min`, `3 d 4 h`. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  if (whole < 60) return `${whole}${SPACE}s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes}${SPACE}min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return join([hours, 'h'], [minutes % 60, 'min'])
  return join([Math.floor(hours / 24), 'd'], [hours % 24, 'h'])
}

function join([large, largeUnit]: [number, string], [small, smallUnit]: [number, string]): string {
  const first = `${large}${SPACE}${largeUnit}`
  return small === 0 ? first : `${first} ${small}${SPACE}${smallUnit}`
}

/** About three figures: `0.042`, `1.23`, `12.3`, `123`. */
function figures(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size >= 99.95) return value.toFixed(0)
  if (size >= 9.995) return trim(value.toFixed(1))
  if (size >= 0.995) return trim(value.toFixed(2))
  if (size >= 0.001) return String(Number(value.toPrecision(2)))
  return value.toExponential(1)
}

function trim(text: string): string {
  return text.replace(/\.?0+$/, '')
}

function scaled(value: number, base: number, prefixes: readonly string[], unit: string): string {
  let size = value
  let at = 0
  while (Math.abs(size) >= base * 0.9995 && at < prefixes.length - 1) {
    size /= base
    at++
  }
  const name = `${prefixes[at]}${unit}`
  // A part of a byte is nothing anybody counts.
  const number = base === 1024 && at === 0 ? String(Math.round(size)) : figures(size)
  return name === '' ? number : `${number}${SPACE}${name}`
}

const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
const TIME = new Intl.DateTimeFormat(undefined, { ...CLOCK, second: '2-digit' })
const SHORT_TIME = new Intl.DateTimeFormat(undefined, CLOCK)
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const MONTH = new Intl.DateTimeFormat(undefined, { month: 'short', year: 'numeric' })
const DAY_TIME = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', ...CLOCK })

const [A_MINUTE, AN_HOUR, A_DAY] = [60, 3600, 86_400]
/** As uPlot has them, which sets these on the first of a month. */
const [A_MONTH, A_YEAR] = [30 * A_DAY, 365 * A_DAY]
const STEPS = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 20, 30].map((n) => n * A_MINUTE),
  ...[1, 2, 3, 4, 6, 8, 12].map((n) => n * AN_HOUR),
  ...[1, 2, 3, 4, 5, 7, 10, 15].map((n) => n * A_DAY),
  ...[1, 2, 3, 4, 6].map((n) => n * A_MONTH),
  ...[1, 2, 5, 10, 25, 50, 100].map((n) => n * A_YEAR),
]

/** What the times beside an axis that spans so many seconds tell apart. */
function grainOf(spanSeconds: number): number {
  if (spanSeconds > 300 * A_DAY) return A_MONTH
  if (spanSeconds > 4 * A_DAY) return A_DAY
  return spanSeconds > 600 ? A_MINUTE : 1
}

/** Steps between the times beside such an axis: none so small that one is written twice. */
export function axisSteps(spanSeconds: number): number[] {
  const grain = grainOf(spanSeconds)
  return STEPS.filter((step) => step >= grain)
}

/** A moment (Unix seconds) beside an axis that spans this many seconds. */
export function axisTime(seconds: number, spanSeconds: number): string {
  const date = new Date(seconds * 1000)
  const grain = grainOf(spanSeconds)
  if (grain >= A_DAY) return (grain === A_DAY ? DAY : MONTH).format(date)
  const midnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0
  if (spanSeconds > 7200 && midnight) return DAY.format(date)
  return (grain === A_MINUTE ? SHORT_TIME : TIME).format(date)
}

/** A moment (Unix seconds), with its day unless that is today. */
export function moment(seconds: number, now = Date.now() / 1000): string {
  const date = new Date(seconds * 1000)
  const today = new Date(now * 1000).toDateString() === date.toDateString()
  return today ? TIME.format(date) : DAY_TIME.format(date)
}
