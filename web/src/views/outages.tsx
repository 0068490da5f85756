/** When a target's status changed, and why: newest first. */
import { useEffect, useState } from 'preact/hooks'
import { usePage, useSources } from '../page.ts'
import { lookOf } from '../targets.ts'
import { moment, span } from '../units.ts'

/** A change of status. Source: `src/uptime/events.ts`. */
interface Change {
  readonly timestamp: number
  readonly alias: string
  readonly from: string
  readonly to: string
  readonly reason: string | null
  readonly after_s: number | null
}

const SHOWN = 12

interface OutagesProps {
  readonly source: string
  readonly alias: string
  /** When its status began: a new one asks for the changes again. */
  readonly since: number | null
}

export function Outages({ source, alias, since }: OutagesProps) {
  const { live } = usePage()
  const route = `/metrics/${source}/events`
  const kept = useSources('uptime').some(({ routes }) => routes.includes(route))
  const changes = useChanges(kept ? route : undefined, alias, since)
  if (changes === undefined || changes.length === 0) return null
  return (
    <section class="outages" aria-label="Changes">
      <h3>Changes</h3>
      <ol>
        {changes.map(({ timestamp, from, to, reason, after_s }) => {
          const { word, look, mark } = lookOf(to)
          return (
            <li key={timestamp}>
              <time>{moment(timestamp, live.now())}</time>{' '}
              <b class={look}>
                <span aria-hidden="true">{mark}</span> {word}
              </b>
              {reason && <span dir="auto"> {reason}</span>}
              {after_s !== null && (
                <small>
                  {' '}
                  after {span(after_s)} {lookOf(from).word.toLowerCase()}
                </small>
              )}
            </li>
          )
        })}
      </ol>
    </section>
  )
}

/** Undefined where the server keeps none. */
function useChanges(
  route: string | undefined,
  alias: string,
  since: number | null,
): readonly Change[] | undefined {
  const [changes, setChanges] = useState<readonly Change[]>()
  useEffect(() => {
    if (route === undefined) return
    const stopped = new AbortController()
    const query = new URLSearchParams({ keyword: alias })
    fetch(`${route}?${query}`, { signal: stopped.signal })
      .then(async (answer) => {
        if (!answer.ok) return
        const { data } = (await answer.json()) as { data: readonly Change[] }
        const own = data.filter((change) => change.alias === alias)
        setChanges([...own].sort((a, b) => b.timestamp - a.timestamp).slice(0, SHOWN))
      })
      .catch(() => {})
    return () => stopped.abort()
  }, [route, alias, since])
  return changes
}
