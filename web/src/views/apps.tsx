/** Other programs by their variables, and an embedding program's own sources: a table of live numbers, each with its chart. */
import { useEffect, useState } from 'preact/hooks'
import { flatten, type Variable } from '../flatten.ts'
import { useConnection, useLatest, usePage, useRoute } from '../page.ts'
import { Empty } from '../parts/empty.tsx'
import { Link } from '../parts/link.tsx'
import { Waiting } from '../parts/waiting.tsx'
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
        <nav class="apps" aria-label="Apps">
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
        </nav>
      )}
      {failing.has(app.name) && (
        <p class="bad">Cannot be read: {pollers.find((poller) => poller.name === app.name)?.last_error}</p>
      )}
      <App key={app.name} app={app} />
    </>
  )
}

function App({ app }: { app: SourceInfo }) {
  const variables = useVariables(app)
  if (variables === undefined) return <Waiting name={app.name} />
  return (
    <Variables
      name={app.name}
      variables={variables}
      chartsOf={(variable) => chartsOfVariable(app, variable)}
    />
  )
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
