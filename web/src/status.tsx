/** The status page for others: which targets are up, and how they fared. It asks for `/status.json` and nothing else. */
import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { StatusTarget } from '../../src/http/status.ts'
import { StatusBar } from './parts/statusbar.tsx'
import { type StatusAnswer, useStatus } from './state/status.ts'
import './style/status.css'
import { isDown, lookOf, percentOf, worstFirst } from './targets.ts'
import { Theme } from './theme.ts'
import { span } from './units.ts'

const PERIODS = ['1h', '1d', '1mo'] as const
const NAMES: Readonly<Record<string, string>> = { '1h': 'hour', '1d': 'day', '1mo': 'month' }
const REDRAW_MS = 5000

function StatusPage() {
  const [period, setPeriod] = useState(() => new URLSearchParams(location.search).get('period') ?? '1d')
  const { answer, failingSince } = useStatus(period)
  const [, redraw] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => redraw(Date.now()), REDRAW_MS)
    return () => clearInterval(timer)
  }, [])
  const choose = (name: string) => {
    history.replaceState(null, '', `/status?period=${name}`)
    setPeriod(name)
  }
  return (
    <main>
      {answer === undefined ? (
        <h1>{failingSince === undefined ? 'Loading…' : 'Status is not available'}</h1>
      ) : (
        <Verdict answer={answer} />
      )}
      {failingSince !== undefined && (
        <p class="stale" role="status">
          Not connected for {span((Date.now() - failingSince) / 1000)}: what you see is that old.
        </p>
      )}
      <fieldset class="periods" aria-label="Period">
        {PERIODS.map((name) => (
          <button key={name} type="button" aria-pressed={name === period} onClick={() => choose(name)}>
            Last {NAMES[name]}
          </button>
        ))}
      </fieldset>
      {answer &&
        groupsOf(answer.targets).map(([name, targets]) => (
          <Group key={name} {...{ name, targets, answer }} />
        ))}
      <footer>
        <a href="/">treering</a>
      </footer>
    </main>
  )
}

function Verdict({ answer: { targets } }: { answer: StatusAnswer }) {
  const down = targets.filter(({ status }) => isDown(status)).length
  useEffect(() => {
    document.title = down === 0 ? 'Status: all up' : `Status: ${down} down`
  }, [down])
  if (targets.length === 0) return <h1 class="verdict">No targets are watched yet</h1>
  return (
    <h1 class={`verdict ${down === 0 ? 'good' : 'bad'}`} aria-live="polite">
      <span aria-hidden="true">{down === 0 ? '✓' : '✕'}</span>{' '}
      {down === 0 ? 'Everything is up' : `${down} of ${targets.length} ${down === 1 ? 'is' : 'are'} down`}
    </h1>
  )
}

function Group({
  name,
  targets,
  answer,
}: {
  name: string
  targets: readonly StatusTarget[]
  answer: StatusAnswer
}) {
  return (
    <section aria-label={name || 'Targets'}>
      {name !== '' && <h2 dir="auto">{name}</h2>}
      <ul>
        {targets.map((target) => {
          const { word, mark, look } = lookOf(target.status)
          return (
            <li key={`${target.source}/${target.alias}`}>
              <b dir="auto">{target.name}</b>
              <span class={look}>
                <span aria-hidden="true">{mark}</span> {word}
                {target.since !== null &&
                  isDown(target.status) &&
                  ` for ${span(Date.now() / 1000 - target.since)}`}
              </span>
              <StatusBar slots={target.slots} slotSeconds={answer.slot_seconds} now={answer.now} />
              <small>{percentOf(target.uptime)} up</small>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** Groups in the order of their worst target. */
function groupsOf(targets: readonly StatusTarget[]): [string, StatusTarget[]][] {
  const groups = new Map<string, StatusTarget[]>()
  for (const target of worstFirst(targets)) {
    const name = target.group ?? ''
    groups.set(name, [...(groups.get(name) ?? []), target])
  }
  return [...groups]
}

new Theme()
render(<StatusPage />, document.getElementById('page')!)
