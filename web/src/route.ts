/** Where the page is: view, period, zoom, filter and what is open, all of it in the URL, so that a link shows the same. */

/** The page's views. */
export const VIEWS = ['overview', 'machine', 'uptime', 'counters', 'apps', 'process'] as const
export type View = (typeof VIEWS)[number]

/** One place of the page. */
export interface Route {
  readonly view: View
  /** Undefined: the one that was last used in this browser. */
  readonly period: string | undefined
  /** What is zoomed into, Unix seconds; undefined is the period that ends now. */
  readonly zoom: { readonly from: number; readonly to: number } | undefined
  /** Text that names must hold. */
  readonly filter: string
  /** Column that a table is sorted by; empty is the view's own order. */
  readonly sort: string
  /** What is opened in the view, such as a target's name. */
  readonly open: string
}

/** Reads the query string of a URL. What is not lawful is as if it was not there. */
export function parseRoute(search: string): Route {
  const given = new URLSearchParams(search)
  const view = given.get('view') as View
  const [from, to] = [instant(given.get('from')), instant(given.get('to'))]
  return {
    view: VIEWS.includes(view) ? view : 'overview',
    period: given.get('period') || undefined,
    zoom: from !== undefined && to !== undefined && from < to ? wholeSeconds(from, to) : undefined,
    filter: given.get('filter') ?? '',
    sort: given.get('sort') ?? '',
    open: given.get('open') ?? '',
  }
}

/** A zoom as URLs and axes name it: what is less than a second is a second. */
export function wholeSeconds(from: number, to: number): { readonly from: number; readonly to: number } {
  return { from: Math.floor(from), to: Math.ceil(to) }
}

/** The URL of a place: only what differs from the beginning is named. */
export function formatRoute({ view, period, zoom, filter, sort, open }: Route): string {
  const query = new URLSearchParams()
  if (view !== 'overview') query.set('view', view)
  if (period !== undefined) query.set('period', period)
  if (zoom !== undefined) {
    query.set('from', String(zoom.from))
    query.set('to', String(zoom.to))
  }
  if (filter !== '') query.set('filter', filter)
  if (sort !== '') query.set('sort', sort)
  if (open !== '') query.set('open', open)
  const text = query.toString()
  return text === '' ? '/' : `/?${text}`
}

/**
 * The period that shows a zoom best: the shortest that reaches back to its beginning; without a zoom the chosen one.
 *
 * @param periods Shortest first.
 */
export function finest(
  periods: readonly { readonly name: string; readonly seconds: number }[],
  chosen: string,
  zoom: Route['zoom'],
  now: number,
): { readonly name: string; readonly seconds: number } {
  const own = periods.find(({ name }) => name === chosen) ?? periods[0] ?? { name: '5m', seconds: 300 }
  if (zoom === undefined) return own
  return periods.find(({ seconds }) => now - zoom.from <= seconds) ?? own
}

/** The last second that a `Date` can hold: beyond it nothing can be shown. */
const LAST_SECOND = 8.64e12

function instant(text: string | null): number | undefined {
  const value = text === null || text === '' ? Number.NaN : Number(text)
  return value >= 0 && value <= LAST_SECOND ? value : undefined
}
