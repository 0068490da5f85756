/** One target opened: what is known of it now, its latency, and how much of every period it was up. */
import { useEffect, useState } from 'preact/hooks'
import { Chart } from '../charts/chart.tsx'
import { usePage, usePeriods } from '../page.ts'
import { Drawer } from '../parts/drawer.tsx'
import { isDown, lookOf, percentOf, tellCertificate } from '../targets.ts'
import { moment, NONE, span } from '../units.ts'
import { Outages } from './outages.tsx'
import type { Target } from './uptime.tsx'

export function TargetDrawer({ target }: { target: Target }) {
  const { live } = usePage()
  const { alias, source, name, status, since, state } = target
  const { word, look, mark } = lookOf(status)
  const certificate = tellCertificate(state?.certificate_days)
  return (
    <Drawer title={name}>
      <div class="target">
        <div>
          <p class={`verdict ${look}`}>
            <span aria-hidden="true">{mark}</span> <b>{word}</b>
            {since !== null && ` for ${span(live.now() - since)}, since ${moment(since, live.now())}`}
          </p>
          {state?.reason && (
            <p class={isDown(status) ? 'bad' : 'muted'} dir="auto">
              {state.reason}
            </p>
          )}
          <dl>
            {state?.address && <Fact name="Address" value={state.address} />}
            {state?.checked != null && <Fact name="Checked" value={moment(state.checked, live.now())} />}
            {state?.http_status != null && <Fact name="HTTP status" value={String(state.http_status)} />}
            {certificate && (
              <Fact name="Certificate ends in" value={certificate.text} look={certificate.look} />
            )}
            <Uptimes source={source} alias={alias} />
          </dl>
        </div>
        <Chart
          key={alias}
          definition={{
            source,
            aggregate: '',
            title: `${name}: latency`,
            unit: 'milliseconds',
            params: { keyword: alias, precise: 'true' },
            pointKey: 'latency',
            only: [alias],
            noLeast: true,
            ...(isDown(status) && since !== null ? { begun: Math.floor(since) } : {}),
          }}
        />
        <Outages source={source} alias={alias} since={since} />
      </div>
    </Drawer>
  )
}

function Fact({ name, value, look = '' }: { name: string; value: string; look?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={look} dir="auto">
        {value}
      </dd>
    </div>
  )
}

/** How often uptimes are asked again. */
const AGAIN_MS = 60_000

/** What of a row is looked at. */
interface UptimePart {
  readonly alias: string
  readonly uptime: number
  readonly downtime: number
}

/** How much of each period it was up, of the time it did not nap. */
function Uptimes({ source, alias }: { source: string; alias: string }) {
  const periods = usePeriods()
  const [parts, setParts] = useState<Readonly<Record<string, number>>>({})
  useEffect(() => {
    const stopped = new AbortController()
    setParts({})
    const askAll = () => {
      for (const { name } of periods) void ask(name)
    }
    const ask = async (name: string) => {
      const query = new URLSearchParams({ period: name, keyword: alias })
      try {
        const answer = await fetch(`/metrics/${source}?${query}`, { signal: stopped.signal })
        const { data } = (await answer.json()) as { data: UptimePart[] }
        const row = data.find((each) => each.alias === alias)
        if (row === undefined) return
        const awake = row.uptime + row.downtime
        if (awake > 0) setParts((all) => ({ ...all, [name]: row.uptime / awake }))
      } catch {
        // What cannot be had stays what it was.
      }
    }
    askAll()
    const timer = setInterval(askAll, AGAIN_MS)
    return () => {
      clearInterval(timer)
      stopped.abort()
    }
  }, [source, alias, periods])
  return (
    <>
      {periods.map(({ name }) => (
        <Fact
          key={name}
          name={`Up, ${name}`}
          value={parts[name] === undefined ? NONE : percentOf(parts[name])}
        />
      ))}
    </>
  )
}
