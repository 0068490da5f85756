/** Other programs by their variables, and an embedding program's own sources: a table of live numbers, each with its chart. */
import { useEffect, useState } from 'preact/hooks'
import { flatten, type Variable } from '../flatten.ts'
import { useConnection, useLatest, usePage, useRoute } from '../page.ts'
import { Empty } from '../parts/empty.tsx'
import { Link } from '../parts/link.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { reasonOf } from '../problems/pollers.ts'
import { viewOfSource } from '../sources.ts'
import type { SourceInfo } from '../state/live.ts'
import { useStore } from '../state/store.ts'
import { chartsOfVariable } from '../variables.ts'
import { Variables } from './variables.tsx'

export function Apps() {
  const { live, health } = usePage()
  const { open } = useRoute()
  useConnection()
  const { pollers = [] } = useStore(health.state)
  const failing = new Set(pollers.filter(({ last_error }) => last_error !== null).map(({ name }) => name))
  const apps = (live.hello?.sources ?? []).filter((source) => viewOfSource(source) === 'apps')
  // One that fails is what somebody looks for.
  const first = apps.find(({ name }) => failing.has(name)) ?? apps[0]
  if (first === undefined) return live.hello === undefined ? null : <NoApps />
  const name = open.split('/')[0]
  const app = apps.find((each) => each.name === name) ?? first
  return (
    <>
      {apps.length > 1 && (
        <Tabs class="apps" label="Apps">
          {apps.map((each) => (
            <Link key={each.name} to={{ view: 'apps', open: each.name }} current={each === app}>
              {failing.has(each.name) && (
                <span class="bad">
                  <span aria-hidden="true">✕ </span>
                  <span class="unseen">Cannot be read: </span>
                </span>
              )}
              {each.name}
            </Link>
          ))}
        </Tabs>
      )}
      <App
        key={app.name}
        app={app}
        error={pollers.find((poller) => poller.name === app.name)?.last_error ?? null}
      />
    </>
  )
}

/** @param props.error Why it cannot be read; null while it can. */
function App({ app, error }: { app: SourceInfo; error: string | null }) {
  const read = useVariables(app)
  const past = usePast(app, read === undefined && error !== null)
  const variables = read ?? past
  return (
    <>
      {read === undefined && <Waiting name={app.name} />}
      {read !== undefined && error !== null && <p class="bad">Cannot be read: {reasonOf(error)}</p>}
      {variables !== undefined && (
        <Variables
          name={app.name}
          variables={variables}
          chartsOf={(variable) => chartsOfVariable(app, variable)}
        />
      )}
    </>
  )
}

/** Names of what is in the history of an app that was not read yet: its charts can be opened all the same. */
function usePast({ name, params, periods }: SourceInfo, wanted: boolean): readonly Variable[] | undefined {
  const [past, setPast] = useState<readonly Variable[]>()
  const longest = periods[periods.length - 1]?.name ?? ''
  const there = wanted && params.includes('keys')
  useEffect(() => {
    if (!there) return
    const stopped = new AbortController()
    const ask = async () => {
      const query = new URLSearchParams({ period: longest, keys: 'true' })
      const url = `/metrics/${encodeURIComponent(name)}?${query}`
      const answer = await fetch(url, { signal: stopped.signal }).catch(() => undefined)
      if (answer?.status !== 200) return
      const { data } = (await answer.json()) as { readonly data: readonly string[] | null }
      if (!stopped.signal.aborted && data !== null && data.length > 0)
        setPast(data.map((key) => ({ key, value: null, rate: null, at: 0 })))
    }
    void ask()
    return () => stopped.abort()
  }, [name, longest, there])
  return past
}

/** Numbers and texts of the newest sample, with their growth. */
export function useVariables({ name }: SourceInfo): readonly Variable[] | undefined {
  const latest = useLatest<Record<string, unknown>>(name)
  const [state, setState] = useState<{ variables: readonly Variable[]; sample: unknown }>()
  useEffect(() => {
    if (latest === undefined) return
    setState((before) => ({ sample: latest.sample, variables: flatten(latest.sample, before?.variables) }))
  }, [latest])
  return state?.variables
}

function NoApps() {
  return (
    <Empty title="No apps yet">
      <p>
        A program that serves its variables at <code>/debug/vars</code>, as those in Go do with expvar, is
        read by:
      </p>
      <pre>
        <code>{`readers:\n  my_app:\n    type: expvar\n    endpoint: localhost:1234`}</code>
      </pre>
    </Empty>
  )
}
