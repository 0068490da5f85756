/** What all parts of the page share, and how they look at it. */
import { createContext } from 'preact'
import { useContext, useEffect, useLayoutEffect, useMemo, useReducer, useState } from 'preact/hooks'
import type { Pins } from './pins.ts'
import { finest, formatRoute, type Route } from './route.ts'
import type { Feeds, HistoryState, Latest } from './state/feeds.ts'
import type { HealthPoll } from './state/health.ts'
import type { Connection, Live, SourceInfo } from './state/live.ts'
import { keepText, type Store, useStore } from './state/store.ts'
import type { Theme } from './theme.ts'

/** The page. */
export interface Page {
  readonly live: Live
  readonly feeds: Feeds
  readonly health: HealthPoll
  readonly route: Store<Route>
  readonly pins: Pins
  readonly theme: Theme
  /** Seconds since the page began; stands still while nobody looks. */
  readonly clock: Store<number>
  /** The period of this browser's last visit. */
  readonly lastPeriod: string
}

export const PageContext = createContext<Page>(undefined as never)

export function usePage(): Page {
  return useContext(PageContext)
}

/** The present place. */
export function useRoute(): Route {
  return useStore(usePage().route)
}

/** Goes to another place; `replace` leaves no step to go back to. */
export function go(page: Page, change: Partial<Route>, replace = false): void {
  const route = { ...page.route.value, ...change }
  if (change.period !== undefined) keepText('treering.period', change.period)
  const url = formatRoute(route)
  if (replace) history.replaceState(null, '', url)
  else history.pushState(null, '', url)
  page.route.set(route)
}

/** The connection; drawn anew when it or what there is changes. */
export function useConnection(): Connection {
  const { live } = usePage()
  const [, redraw] = useReducer((n: number) => n + 1, 0)
  useEffect(() => live.watch(() => redraw(undefined as never)), [live])
  return live.connection
}

/** Sources of a type, in the server's order. */
export function useSources(...types: string[]): readonly SourceInfo[] {
  const { live } = usePage()
  useConnection()
  return (live.hello?.sources ?? []).filter(({ type }) => types.includes(type))
}

/**
 * A source's newest sample, at most every so many seconds; undefined before the first. Without a name nothing is asked. A
 * component looks at one source as long as it lives.
 */
export function useLatest<Sample>(source: string | undefined, everySeconds = 1): Latest<Sample> | undefined {
  const { feeds } = usePage()
  const [latest, setLatest] = useState<Latest<Sample>>()
  // Before the frame is drawn: what is asked is on its way meanwhile.
  useLayoutEffect(() => {
    if (source === undefined) return
    const [read, stop] = feeds.latest<Sample>(source, everySeconds, () => setLatest(read()))
    const known = read()
    if (known !== undefined) setLatest(known)
    return stop
  }, [feeds, source, everySeconds])
  return latest
}

/** The newest samples of several sources by name, as far as they came. */
export function useLatestOfAll<Sample>(
  sources: readonly SourceInfo[],
  everySeconds: number,
): ReadonlyMap<string, Sample> {
  const { feeds } = usePage()
  const [all, setAll] = useState<ReadonlyMap<string, Sample>>(new Map())
  const names = JSON.stringify(sources.map(({ name }) => name))
  useLayoutEffect(() => {
    // What is asked more rarely from now on is not forgotten meanwhile; what is gone is.
    const wanted = JSON.parse(names) as string[]
    setAll((before) =>
      [...before.keys()].every((name) => wanted.includes(name))
        ? before
        : new Map([...before].filter(([name]) => wanted.includes(name))),
    )
    const stops = wanted.map((source) => {
      const take = () => {
        const latest = read()
        if (latest !== undefined) setAll((before) => new Map([...before, [source, latest.sample]]))
      }
      const [read, stop] = feeds.latest<Sample>(source, everySeconds, take)
      take()
      return stop
    })
    return () => {
      for (const stop of stops) stop()
    }
  }, [feeds, names, everySeconds])
  return all
}

/** What of a source's history is asked. */
export interface HistoryQuestion {
  readonly source: string
  readonly seconds: number
  readonly params: Readonly<Record<string, string>>
  /** Name of a point's number, for sources that answer series. */
  readonly key?: string | undefined
}

/** Rows of a period; undefined before the first answer, and while nothing is asked. */
export function useHistory(question: HistoryQuestion | undefined): HistoryState | undefined {
  return useHistories(question === undefined ? [] : [question])[0]
}

/** Rows for each question; undefined before its first answer. */
export function useHistories(questions: readonly HistoryQuestion[]): readonly (HistoryState | undefined)[] {
  const { feeds } = usePage()
  const [values, setValues] = useState<readonly (HistoryState | undefined)[]>([])
  const asked = JSON.stringify(questions)
  // Before the frame is drawn: what is asked is on its way meanwhile.
  useLayoutEffect(() => {
    const feeding = (JSON.parse(asked) as HistoryQuestion[]).map(({ source, params, seconds, key }, place) =>
      feeds.history(source, params, seconds, key, () =>
        setValues((before) => feeding.map(([read], i) => (i === place ? read() : before[i]))),
      ),
    )
    const known = feeding.map(([read]) => read())
    // Where nothing is known yet, as before, nothing is drawn anew.
    setValues((before) => {
      const same = before.length <= known.length && known.every((value, place) => value === before[place])
      return same ? before : known
    })
    return () => {
      for (const [, stop] of feeding) stop()
    }
  }, [feeds, asked])
  return values
}

/** What time is shown. */
export interface Shown {
  /** The chosen period; one that the server has not is as if it was not chosen. */
  readonly chosen: string
  /** The period whose rows show it best: the chosen one, or for a zoom the shortest that reaches it. */
  readonly period: { readonly name: string; readonly seconds: number }
  readonly zoom: Route['zoom']
}

/** Periods of the server, as far as they are known. */
export function usePeriods(): SourceInfo['periods'] {
  const { live } = usePage()
  useConnection()
  return live.hello?.sources[0]?.periods ?? FIRST_PERIODS
}

const FIRST_PERIODS: SourceInfo['periods'] = [
  { name: '5m', seconds: 300 },
  { name: '15m', seconds: 900 },
  { name: '1h', seconds: 3600 },
  { name: '1d', seconds: 86_400 },
  { name: '1mo', seconds: 30 * 86_400 },
]

/** The time that charts show now. */
export function useShown(): Shown {
  const { live, lastPeriod } = usePage()
  const { period, zoom } = useRoute()
  const periods = usePeriods()
  return useMemo(() => {
    const known = [period, lastPeriod].find((name) => periods.some((each) => each.name === name))
    const chosen = known ?? periods[0]?.name ?? lastPeriod
    return { chosen, period: finest(periods, chosen, zoom, live.now()), zoom }
  }, [live, lastPeriod, periods, period, zoom])
}

/** Redraws each so many seconds: for texts that say how long ago something was. All of them in one frame. */
export function useClock(everySeconds = 1): void {
  const { clock } = usePage()
  const [, redraw] = useState(0)
  useEffect(() => clock.watch(() => redraw(Math.floor(clock.value / everySeconds))), [clock, everySeconds])
}
