/** Times at which a target is not watched: `02:00-04:00`, `Mon-Fri 22:00-06:00`, `Sat,Sun 00:00-24:00`. */
import { MetricsError } from '../../utils/index.ts'

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const DAY_MINUTES = 24 * 60
const WINDOW = /^(?:(\S+)\s+)?(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$/

/** Minutes of the days it begins on; one that ends before it begins goes on into the next day. */
export interface QuietWindow {
  /** Of seven, Sunday first. */
  readonly days: readonly boolean[]
  readonly from: number
  readonly to: number
}

/** @throws MetricsError `invalid`, saying what is allowed. */
export function parseQuiet(text: string): QuietWindow {
  const [, days, ...numbers] = WINDOW.exec(text.trim()) ?? []
  const [h1 = 99, m1 = 0, h2 = 99, m2 = 0] = numbers.map(Number)
  const from = h1 * 60 + m1
  const to = h2 * 60 + m2
  const chosen = days === undefined ? DAYS.map(() => true) : parseDays(days)
  if (chosen === undefined || m1 > 59 || m2 > 59 || from >= DAY_MINUTES || to > DAY_MINUTES || from === to) {
    throw new MetricsError(
      'invalid',
      `invalid quiet window ${JSON.stringify(text.slice(0, 64))}: expected 02:00-04:00 or Mon-Fri 22:00-06:00`,
    )
  }
  return { days: chosen, from, to }
}

/** Whether this moment, in local time, lies in one of the windows. */
export function isQuiet(windows: readonly QuietWindow[], ms: number): boolean {
  if (windows.length === 0) return false
  const date = new Date(ms)
  const minute = date.getHours() * 60 + date.getMinutes()
  const today = date.getDay()
  const yesterday = (today + 6) % 7
  return windows.some(({ days, from, to }) => {
    if (from < to) return days[today]! && minute >= from && minute < to
    return (days[today]! && minute >= from) || (days[yesterday]! && minute < to)
  })
}

/** `mon-fri,sun` → seven truths; undefined for what is no day. */
function parseDays(text: string): boolean[] | undefined {
  const chosen = DAYS.map(() => false)
  for (const part of text.toLowerCase().split(',')) {
    const ends = part.split('-').map((name) => DAYS.indexOf(name.slice(0, 3)))
    if (ends.length > 2 || ends.includes(-1)) return undefined
    const [first = 0, last = first] = ends
    for (let day = first; ; day = (day + 1) % 7) {
      chosen[day] = true
      if (day === last) break
    }
  }
  return chosen
}
