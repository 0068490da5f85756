/** The status page for others: which targets are up, and how they fared. It asks for `/status.json` and nothing else. */
import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { StatusTarget } from '../../src/http/status.ts'
import { StatusBar } from './parts/statusbar.tsx'
import { SLOTS } from './state/series.ts'
import { type StatusAnswer, useStatus } from './state/status.ts'
import './style/status.css'
import { groupsOf, isDown, lookOf, percentOf, tally, worstFirst } from './targets.ts'
import { Theme } from './theme.ts'
import { moment, span } from './units.ts'

/** Those that every server has and that tell something of a target; longer ones come from the configuration. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['1h', 'hour'],
  ['1d', 'day'],
  ['1mo', 'month'],
])
const USUAL = '1d'
const DAY_SECONDS = 86_400
const REDRAW_MS = 5000

function StatusPage() {
  const [period, setPeriod] = useState(() => new URLSearchParams(location.search).get('period') || USUAL)
  const choose = (name: string) => {
    history.replaceState(null, '', name === USUAL ? '/status' : `/status?period=${name}`)
    setPeriod(name)
  }
  // A period of the URL that there is not is taken out of it.
  const { answer, failingSince } = useStatus(period, true, () => choose(USUAL))
  const offered = answer?.periods.filter(({ name, seconds }) => NAMES.has(name) || seconds > DAY_SECONDS)
  const buttons = offered?.map(({ name }) => name) ?? [...NAMES.keys()]
  const [, redraw] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => redraw(Date.now()), REDRAW_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <main>
      {answer === undefined ? (
        <h1>{failingSince === undefined ? 'Loading…' : 'Status is not available'}</h1>
      ) : (
        <Verdict answer={answer} old={failingSince !== undefined} />
      )}
      {failingSince !== undefined && (
        <p class="stale" role="status">
          Not connected:{' '}
          {answer === undefined ? 'nothing is known.' : `what you see is of ${moment(answer.now)}.`}
        </p>
      )}
      <fieldset class="periods" aria-label="Period">
        {buttons.map((name) => (
          <button key={name} type="button" aria-pressed={name === period} onClick={() => choose(name)}>
            Last {NAMES.get(name) ?? name}
          </button>
        ))}
      </fieldset>
      {answer &&
        groupsOf(worstFirst(answer.targets)).map(([name, targets]) => (
          <Group key={name} {...{ name, targets, answer }} />
        ))}
      <footer>
        {answer && `As of ${moment(answer.now)} · `}
        <a href="/">treering</a>
      </footer>
    </main>
  )
}

/** @param old What is now cannot be asked. */
function Verdict({ answer: { targets, now }, old }: { answer: StatusAnswer; old: boolean }) {
  const { down, up, total, words } = tally(targets)
  const resting = targets.filter(({ status }) => status === 'napping').length
  const well = !old && down === 0 && up > 0 && up + resting === total
  useEffect(() => {
    document.title = down > 0 ? `Status: ${down} down` : well ? 'Status: all up' : 'Status'
  }, [down, well])
  if (targets.length === 0) return <NoTargets />
  const text =
    down > 0 ? tellDown(targets, now) : well ? 'Everything is up' : `Nothing is known to be down: ${words}`
  if (old)
    return (
      <h1 class="verdict">
        As of {moment(now)}: {tally(targets).told}
      </h1>
    )
  return (
    <h1 class={`verdict ${down > 0 ? 'bad' : well ? 'good' : ''}`} aria-live="polite">
      <span aria-hidden="true">{down > 0 ? '✕' : well ? '✓' : '…'}</span> {text}
    </h1>
  )
}

/** Up to so many are named. */
const NAMED = 3

/** `login is down for 24 min`, `login and checkout are down`, `5 of 11 are down`. */
function tellDown(targets: readonly StatusTarget[], now: number): string {
  const down = targets.filter(({ status }) => isDown(status))
  const names = down.map(({ name }) => name)
  const [first] = down
  if (down.length > NAMED) return `${down.length} of ${targets.length} are down`
  if (down.length > 1) return `${names.slice(0, -1).join(', ')} and ${names.at(-1)} are down`
  return `${first!.name} is down${first!.since === null ? '' : ` for ${span(now - first!.since)}`}`
}

function NoTargets() {
  return (
    <>
      <h1 class="verdict">No targets are watched yet</h1>
      <p>Whoever runs this names some in the configuration:</p>
      <pre>
        <code>{`readers:\n  uptime:\n    targets:\n      home: https://example.org\n      db: tcp://127.0.0.1:5432`}</code>
      </pre>
    </>
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
                {target.since !== null && isDown(target.status) && ` for ${span(answer.now - target.since)}`}
              </span>
              <StatusBar slots={target.slots} slotSeconds={answer.slot_seconds} now={answer.now} />
              <small class="ends">
                <span>{span(answer.slot_seconds * SLOTS)} ago</span>
                <span>{target.uptime === null ? 'not checked' : `${percentOf(target.uptime)} up`}</span>
                <span>now</span>
              </small>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

new Theme()
render(<StatusPage />, document.getElementById('page')!)
