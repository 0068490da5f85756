/** What is wrong, since when; or that nothing is. The first thing on the page. */
import { useState } from 'preact/hooks'
import { useClock, useConnection, usePage } from '../page.ts'
import type { Findings, Problem } from '../problems/problem.ts'
import { useSince } from '../problems/usesince.ts'
import { useStore } from '../state/store.ts'
import { moment, span } from '../units.ts'
import { tellOld } from './connection.tsx'
import { Link } from './link.tsx'

/** More than these are behind a button. */
const SHOWN = 8
/** The pollers' states are old when they could not be asked for so long. */
const OLD_HEALTH_MS = 15_000

export function Problems({ problems, checked, ready }: Findings) {
  const [all, setAll] = useState(false)
  const asOf = useAsOf()
  const shown = all ? problems : problems.slice(0, SHOWN)
  const rest = problems.length - shown.length
  if (problems.length === 0) return <Fine {...{ checked, ready, asOf }} />
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  return (
    <section class={`problems ${asOf === undefined ? '' : 'old'}`} aria-label="Problems">
      <h2>{asOf === undefined ? count : `${count} as of ${asOf}`}</h2>
      <ul>
        {shown.map((problem) => (
          <li key={problem.id} class={problem.severity}>
            <ProblemLink problem={problem} asOf={asOf} />
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <button type="button" onClick={() => setAll(true)}>
          {rest} more
        </button>
      )}
    </section>
  )
}

/** Without a problem: said only where everything was heard of, and is heard of still. */
function Fine({ checked, ready, asOf }: { checked: string; ready: boolean; asOf: string | undefined }) {
  const known = ready && asOf === undefined
  return (
    <section class={`fine ${known ? '' : 'old'}`} aria-label="Problems">
      <p>
        <span class="mark" aria-hidden="true">
          {known ? '✓' : '…'}
        </span>
        {asOf !== undefined ? (
          <>
            <b>As of {asOf} no problem was known.</b>{' '}
            <span class="muted">What is now, this page cannot tell.</span>
          </>
        ) : ready ? (
          <>
            <b>Nothing is wrong.</b> <span class="muted">{checked}</span>
          </>
        ) : (
          <span class="muted">Looking…</span>
        )}
      </p>
    </section>
  )
}

function ProblemLink({ problem, asOf }: { problem: Problem; asOf: string | undefined }) {
  const since = useSince(problem)
  const { severity, subject, text, link } = problem
  return (
    <Link to={link}>
      <span class="mark" aria-hidden="true">
        {severity === 'bad' ? '✕' : '!'}
      </span>
      <span class="unseen">{severity === 'bad' ? 'Bad: ' : 'Warning: '}</span>
      <b dir="auto">{subject}</b>
      <span class="text" dir="auto">
        {text}
      </span>
      <span class="since">
        {since && <SinceText at={since.at} atLeast={since.atLeast} old={asOf !== undefined} />}
      </span>
    </Link>
  )
}

function SinceText({ at, atLeast, old }: { at: number; atLeast: boolean; old: boolean }) {
  useClock()
  const { live } = usePage()
  // How long it went on after the server was last heard nobody knows.
  const now = old ? (live.heardAt ?? live.now()) : live.now()
  return (
    <>
      {atLeast || old ? 'for at least ' : 'for '}
      {span(now - at)}
      <small> since {moment(at, live.now())}</small>
    </>
  )
}

/** The moment of what is shown, while that is not now. */
function useAsOf(): string | undefined {
  useClock()
  useConnection()
  const { live, health } = usePage()
  const { at, failing } = useStore(health.state)
  const old = failing && at > 0 && Date.now() - at > OLD_HEALTH_MS
  return tellOld(live) ?? (old ? moment(live.now(at), live.now()) : undefined)
}
