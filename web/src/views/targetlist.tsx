/** The targets on the overview: those that are down, and a few more; the rest is one look away. */

import { useShown, useSources } from '../page.ts'
import { Link } from '../parts/link.tsx'
import { StatusBar } from '../parts/statusbar.tsx'
import { SLOTS } from '../state/series.ts'
import { useStatus } from '../state/status.ts'
import { lookOf, percentOf, tally, worstFirst } from '../targets.ts'
import { span } from '../units.ts'

/** As many as two columns show without pushing the rest off the screen. */
const SHOWN = 10

export function TargetList() {
  const sources = useSources('uptime')
  const { chosen } = useShown()
  const { answer } = useStatus(chosen, sources.length > 0)
  if (sources.length === 0 || answer === undefined || answer.targets.length === 0) return null
  const { targets, slot_seconds, now } = answer
  const rest = targets.length - SHOWN
  return (
    <section aria-label="Targets">
      <h2>
        Targets{' '}
        <small>
          {tally(targets).told}, from {span(slot_seconds * SLOTS)} ago to now
        </small>
      </h2>
      <ul class="targetlist">
        {worstFirst(targets)
          .slice(0, SHOWN)
          .map(({ source, alias, name, status, slots, uptime }) => {
            const { mark, word, look } = lookOf(status)
            return (
              <li key={`${source}/${alias}`}>
                <Link to={{ view: 'uptime', open: `${source}/${alias}` }}>
                  <span class={`mark ${look}`} aria-hidden="true">
                    {mark}
                  </span>
                  <span class="unseen">{word}: </span>
                  <span class="name" dir="auto">
                    {name}
                  </span>
                  <StatusBar slots={slots} slotSeconds={slot_seconds} now={now} />
                  <span class="number">{percentOf(uptime)}</span>
                </Link>
              </li>
            )
          })}
      </ul>
      {rest > 0 && (
        <p>
          <Link to={{ view: 'uptime' }}>and {rest} more</Link>
        </p>
      )}
    </section>
  )
}
