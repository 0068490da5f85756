/** Whether what is shown is what is: live, old, or not connected. */

import { useClock, useConnection, usePage } from '../page.ts'
import { formatRoute } from '../route.ts'
import { useStore } from '../state/store.ts'
import { span } from '../units.ts'

/** A source whose newest sample is older than this many of its intervals is behind. */
const LATE_INTERVALS = 4
/** Nothing is called old before this, seconds. */
const LEAST_LATE = 5

export function ConnectionState() {
  useClock()
  const page = usePage()
  const connection = useConnection()
  const { pollers, loginNeeded } = useStore(page.health.state)
  if (loginNeeded) {
    const next = encodeURIComponent(formatRoute(page.route.value))
    return (
      <span class="connection bad" role="status">
        Logged out. <a href={`/login?next=${next}`}>Log in</a>
      </span>
    )
  }
  if (connection.state === 'broken') {
    const wait = Math.max(0, Math.ceil((connection.retryAt - Date.now()) / 1000))
    return (
      <span class="connection bad" role="status">
        <i aria-hidden="true" />
        Not connected: what you see is old.{' '}
        <button type="button" onClick={() => page.live.retry()}>
          Try now ({wait} s)
        </button>
      </span>
    )
  }
  if (connection.state !== 'open') {
    return (
      <span class="connection" role="status">
        <i aria-hidden="true" />
        {connection.state === 'paused' ? 'Paused' : 'Connecting…'}
      </span>
    )
  }
  const now = page.live.now()
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
  return (
    <span class={`connection ${oldest > 0 ? 'warn' : 'good'}`} role="status">
      <i aria-hidden="true" />
      {oldest > 0 ? `Oldest data ${span(oldest)} old` : 'Live'}
    </span>
  )
}
