/** What is wrong, since when; or that nothing is. The first thing on the page. */
import { useEffect, useState } from 'preact/hooks'
import { useClock, usePage, usePeriods } from '../page.ts'
import type { Problem } from '../problems/problem.ts'
import { findSince, type Since } from '../problems/since.ts'
import type { Row } from '../state/series.ts'
import { moment, span } from '../units.ts'
import { Link } from './link.tsx'

/** More than these are behind a button: a hundred targets that are down are one problem, mostly. */
const SHOWN = 8

interface ProblemsProps {
  readonly problems: readonly Problem[]
  /** What was looked at, for when nothing is wrong. */
  readonly checked: string
}

export function Problems({ problems, checked }: ProblemsProps) {
  const [all, setAll] = useState(false)
  const shown = all ? problems : problems.slice(0, SHOWN)
  const rest = problems.length - shown.length
  if (problems.length === 0) {
    return (
      <section class="fine" aria-label="Problems">
        <p>
          <span class="mark" aria-hidden="true">
            ✓
          </span>
          <b>Nothing is wrong.</b> <span class="muted">{checked}</span>
        </p>
      </section>
    )
  }
  return (
    <section class="problems" aria-label="Problems">
      <h2>{problems.length === 1 ? '1 problem' : `${problems.length} problems`}</h2>
      <ul>
        {shown.map((problem) => (
          <li key={problem.id} class={problem.severity}>
            <Link to={problem.link}>
              <span class="mark" aria-hidden="true">
                {problem.severity === 'bad' ? '✕' : '!'}
              </span>
              <span class="unseen">{problem.severity === 'bad' ? 'Bad: ' : 'Warning: '}</span>
              <b dir="auto">{problem.subject}</b>
              <span class="text" dir="auto">
                {problem.text}
              </span>
              <SinceText problem={problem} />
            </Link>
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

function SinceText({ problem }: { problem: Problem }) {
  useClock()
  const { live } = usePage()
  const since = useSince(problem)
  if (since === undefined) return <span class="since" />
  const ago = span(live.now() - since.at)
  return (
    <span class="since">
      {since.atLeast ? 'for at least ' : 'for '}
      {ago}
      <small> since {moment(since.at, live.now())}</small>
    </span>
  )
}

/** When a problem began; looked up once, when it is first shown. */
function useSince({ since }: Problem): Since | undefined {
  const periods = usePeriods()
  const [found, setFound] = useState<Since>()
  const wanted = typeof since === 'object' ? JSON.stringify(since) : ''
  useEffect(() => {
    if (wanted === '') return
    const { source, aggregate, key, least } = JSON.parse(wanted) as Exclude<typeof since, number | undefined>
    const stopped = new AbortController()
    const rowsOf = async (period: string) => {
      const query = new URLSearchParams({ period, aggregate })
      const answer = await fetch(`/metrics/${source}?${query}`, { signal: stopped.signal })
      return answer.ok ? ((await answer.json()) as { data: Row[] }).data : []
    }
    findSince(
      { key, least },
      periods.map(({ name }) => name),
      rowsOf,
    ).then(setFound, () => {})
    return () => stopped.abort()
  }, [wanted, periods])
  return typeof since === 'number' ? { at: since, atLeast: false } : found
}
