/** Whether what is shown is what is: live, old, or not connected. */
import type { ComponentChildren } from 'preact'
import { useClock, useConnection, usePage } from '../page.ts'
import { formatRoute } from '../route.ts'
import type { Live } from '../state/live.ts'
import { useStore } from '../state/store.ts'
import { moment, span } from '../units.ts'

/** A source whose newest sample is older than this many of its intervals is behind. */
const LATE_INTERVALS = 4
/** Nothing is called old before this, seconds. */
const LEAST_LATE = 5
/** A server that is asked for a sign of life every five seconds and gave none for this long is slow to answer. */
const SLOW_SECONDS = 7

export function ConnectionState() {
  useClock()
  const page = usePage()
  const connection = useConnection()
  const { pollers, loginNeeded } = useStore(page.health.state)
  if (loginNeeded) {
    const next = encodeURIComponent(formatRoute(page.route.value))
    return (
      <State look="bad" text="Logged out.">
        <a href={`/login?next=${next}`}>Log in</a>
      </State>
    )
  }
  if (connection.state === 'paused') return <State look="" text="Paused" />
  if (connection.state !== 'open') {
    const asOf = tellOld(page.live)
    if (asOf === undefined) {
      const text = connection.state === 'broken' ? 'The server cannot be reached.' : 'Connecting…'
      return <State look={connection.state === 'broken' ? 'bad' : ''} text={text} />
    }
    return (
      <State look="bad" text={`Not connected: what you see is of ${asOf}.`}>
        {connection.state === 'broken' ? (
          <button type="button" onClick={() => page.live.retry()}>
            Try now ({Math.max(0, Math.ceil((connection.retryAt - Date.now()) / 1000))} s)
          </button>
        ) : (
          'Connecting…'
        )}
      </State>
    )
  }
  const now = page.live.now()
  const silent = now - (page.live.heardAt ?? now)
  if (silent > SLOW_SECONDS)
    return (
      <State look="warn" text="The server does not answer.">
        Last heard {span(silent)} ago
      </State>
    )
  const oldest = Math.max(
    0,
    ...(page.live.hello?.sources ?? []).map(({ name, interval_ms }) => {
      const { last_sample: sample = null, last_error } = pollers?.find((each) => each.name === name) ?? {}
      // Without an error there was nothing new: a folder without files is not behind.
      if (last_error == null) return 0
      const late = Math.max(LEAST_LATE, (interval_ms / 1000) * LATE_INTERVALS)
      return sample !== null && now - sample > late ? now - sample : 0
    }),
  )
  return oldest > 0 ? (
    <State look="warn" text="Some data is old.">
      Oldest data {span(oldest)} old
    </State>
  ) : (
    <State look="good" text="Live" />
  )
}

/** The moment that is shown while the server is not heard; undefined while it is, and before it was heard at all. */
export function tellOld(live: Live): string | undefined {
  const { connection, heardAt } = live
  const wellOrUnknown = connection.state === 'open' || connection.state === 'paused' || heardAt === undefined
  return wellOrUnknown ? undefined : moment(heardAt, live.now())
}

/** @param children What counts on: a screen reader is not to say it each second. */
function State({ look, text, children }: { look: string; text: string; children?: ComponentChildren }) {
  return (
    <span class={`connection ${look}`}>
      <i aria-hidden="true" />
      <span role="status" class={children !== undefined && look === 'warn' ? 'unseen' : ''}>
        {text}
      </span>
      {children}
    </span>
  )
}
