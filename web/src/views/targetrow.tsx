/** One target in the table. */

import { go, useClock, usePage } from '../page.ts'
import { StatusBar } from '../parts/statusbar.tsx'
import type { StatusAnswer } from '../state/status.ts'
import { isDown, lookOf, percentOf, tellCertificate } from '../targets.ts'
import { format, NONE, span } from '../units.ts'
import type { Target } from './uptime.tsx'

interface TargetRowProps {
  readonly target: Target
  readonly place: number
  readonly answer: StatusAnswer
  readonly open: boolean
}

export function TargetRow({ target, place, answer, open }: TargetRowProps) {
  const page = usePage()
  const { name, status, state, slots, latencies, uptime, since, path } = target
  const look = lookOf(status)
  const reason = isDown(status) || status === 'starting' ? state?.reason : undefined
  const certificate = tellCertificate(state?.certificate_days)
  const latency = state?.latency === undefined ? target.latency : state.latency / 1e6
  return (
    <tr aria-rowindex={place} class={`is-${look.look} ${open ? 'opened' : ''}`}>
      <td class={`state ${look.look}`}>
        <span class="mark" aria-hidden="true">
          {look.mark}
        </span>{' '}
        {look.word}
        {since !== null && (
          <small class="narrow">
            {' '}
            <Since at={since} />
          </small>
        )}
      </td>
      <th scope="row">
        <button type="button" class="open" dir="auto" onClick={() => go(page, { open: open ? '' : path })}>
          {name}
        </button>
        {(reason || state?.address) && (
          <small class={reason ? 'bad' : ''} dir="auto" title={reason || undefined}>
            {reason || state?.address}
          </small>
        )}
      </th>
      <td class="history">
        <StatusBar slots={slots} slotSeconds={answer.slot_seconds} now={answer.now} />
      </td>
      <td class="number up">{percentOf(uptime)}</td>
      <td class="number latency">
        <LatencyLine latencies={latencies} slots={slots} />
        {status === 'healthy' || status === 'starting' ? format(latency, 'milliseconds') : NONE}
      </td>
      <td class="number since">{since === null ? NONE : <Since at={since} />}</td>
      <td class={`number certificate ${certificate?.look ?? 'muted'}`}>{certificate?.text ?? NONE}</td>
    </tr>
  )
}

function Since({ at }: { at: number }) {
  useClock(5)
  const { live } = usePage()
  return <>{span(live.now() - at)}</>
}

/** The name of a group, above its targets. */
export function GroupRow({ name, place, columns }: { name: string; place: number; columns: number }) {
  return (
    <tr aria-rowindex={place} class="group">
      <th scope="rowgroup" colSpan={columns} dir="auto">
        {name}
      </th>
    </tr>
  )
}

const WIDTH = 80
const HEIGHT = 18

function LatencyLine({ latencies, slots }: { latencies: readonly (number | null)[]; slots: string }) {
  const top = Math.max(1, ...latencies.map((latency) => latency ?? 0))
  let path = ''
  let drawing = false
  for (const [i, latency] of latencies.entries()) {
    // Between two checks the line goes on; where it was down or nobody looked it ends.
    if (slots[i] !== 'u' && slots[i] !== 'p') drawing = false
    if (latency === null) continue
    const x = ((i / (latencies.length - 1)) * WIDTH).toFixed(1)
    const y = (HEIGHT - 1 - (latency / top) * (HEIGHT - 2)).toFixed(1)
    path += `${drawing ? 'L' : 'M'}${x} ${y}${drawing ? '' : 'h.5'}`
    drawing = true
  }
  return (
    <svg class="latencyline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={path} />
    </svg>
  )
}
