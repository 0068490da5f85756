/** The page around its views: where one is, what time is shown, how the connection fares. */
import { useEffect, useState } from 'preact/hooks'
import type { Host } from '../../src/systeminfo/index.ts'
import { go, useConnection, usePage, usePeriods, useRoute, useSources } from './page.ts'
import { ConnectionState } from './parts/connection.tsx'
import { Link } from './parts/link.tsx'
import { Periods } from './parts/periods.tsx'
import { Tabs } from './parts/tabs.tsx'
import type { Problem } from './problems/problem.ts'
import { useProblems } from './problems/use.ts'
import type { View } from './route.ts'
import { viewsOf } from './sources.ts'
import { useStore } from './state/store.ts'
import { Apps } from './views/apps.tsx'
import { Counters } from './views/counters.tsx'
import { Machine } from './views/machine.tsx'
import { Overview } from './views/overview.tsx'
import { Process } from './views/process.tsx'
import { Uptime } from './views/uptime.tsx'

const TITLES: Readonly<Record<View, string>> = {
  overview: 'Overview',
  machine: 'Machine',
  uptime: 'Uptime',
  counters: 'Counters',
  apps: 'Apps',
  process: 'Process',
}

export function App() {
  const { live } = usePage()
  const { view } = useRoute()
  useConnection()
  const host = useHost()
  useShortcuts()
  useLawfulPeriod()
  const findings = useProblems(host)
  const { problems } = findings
  const views = viewsOf(live.hello?.sources ?? [])
  const count = countOf(problems)
  useEffect(() => {
    const wrong = count === 0 ? '' : `${count} problem${count === 1 ? '' : 's'}`
    document.title = [wrong, view === 'overview' ? '' : TITLES[view], host?.hostname, 'treering']
      .filter(Boolean)
      .join(' · ')
  }, [view, host, count])
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="top">
        <Link to={{ view: 'overview' }} class="brand">
          <img src="/favicon.svg" width="22" height="22" alt="" />
          <span>{host?.hostname ?? 'treering'}</span>
        </Link>
        <Tabs label="Views">
          {views.map((each) => (
            <Link key={each} to={{ view: each }} current={each === view}>
              {TITLES[each]}
              <Count of={countOf(problems.filter(({ link }) => link.view === each))} />
            </Link>
          ))}
        </Tabs>
        <div class="controls">
          <Periods />
          <ConnectionState />
          <ThemeButton />
        </div>
      </header>
      <main id="main">
        {view === 'overview' && <Overview host={host} findings={findings} />}
        {view === 'machine' && <Machine host={host} problems={problems} />}
        {view === 'uptime' && <Uptime />}
        {view === 'counters' && <Counters />}
        {view === 'apps' && <Apps />}
        {view === 'process' && <Process />}
      </main>
      <footer>
        <a href="/status">Status page</a> · <a href="/docs">API</a> · <a href="/list">Without scripts</a> ·
        treering {live.hello?.version}
      </footer>
    </>
  )
}

function countOf(problems: readonly Problem[]): number {
  return problems.reduce((sum, { count = 1 }) => sum + count, 0)
}

/** How many problems a view shows. */
function Count({ of }: { of: number }) {
  if (of === 0) return null
  return (
    <span class="count">
      {of}
      <span class="unseen">{of === 1 ? ' problem' : ' problems'}</span>
    </span>
  )
}

function ThemeButton() {
  const { theme } = usePage()
  const choice = useStore(theme.choice)
  return (
    <button type="button" class="theme" title={`Colours: ${choice}`} onClick={() => theme.next()}>
      <span aria-hidden="true">{{ system: '◐', light: '☀', dark: '☾' }[choice]}</span>
      <span class="unseen">Colours: {choice}</span>
    </button>
  )
}

/** The facts of the machine that do not change. They are looked up a second after the start: until then it is asked again. */
function useHost(): Host | undefined {
  const there = useSources('system_info').some(({ routes }) => routes.includes('/host'))
  const [host, setHost] = useState<Host>()
  const [tries, setTries] = useState(0)
  useEffect(() => {
    if (!there || host !== undefined) return
    const ask = async () => {
      const answer = await fetch('/host').catch(() => undefined)
      if (answer?.status === 200) setHost((await answer.json()) as Host)
      else if (answer?.status === 204) setTimeout(() => setTries(tries + 1), 1000)
    }
    void ask()
  }, [there, host, tries])
  return host
}

/** A period that the server has not is taken out of the URL. */
function useLawfulPeriod(): void {
  const page = usePage()
  const { period } = useRoute()
  const periods = usePeriods()
  const { hello } = page.live
  useEffect(() => {
    if (hello === undefined || period === undefined) return
    if (!periods.some(({ name }) => name === period)) go(page, { period: undefined }, true)
  }, [page, hello, period, periods])
}

/** 1, 2, 3 …: periods; 0 and Escape: out of the zoom; /: to the filter. */
function useShortcuts(): void {
  const page = usePage()
  const periods = usePeriods()
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      const target = event.target as HTMLElement
      if (target.matches('input, textarea, select')) {
        if (event.key === 'Escape') target.blur()
        return
      }
      const period = periods[Number(event.key) - 1]
      if (period !== undefined) go(page, { period: period.name, zoom: undefined })
      else if (event.key === 'Escape' || event.key === '0') {
        if (page.route.value.zoom !== undefined) go(page, { zoom: undefined })
      } else if (event.key === '/') {
        const filter = document.querySelector<HTMLInputElement>('input[type=search]')
        if (filter !== null) {
          event.preventDefault()
          filter.focus()
        }
      }
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [page, periods])
}
