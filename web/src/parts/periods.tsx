/** What time is shown: the periods, and the way out of a zoom. */
import { go, usePage, usePeriods, useShown } from '../page.ts'
import { moment } from '../units.ts'

const NAMES: Readonly<Record<string, string>> = {
  '5m': '5 minutes',
  '15m': '15 minutes',
  '1h': '1 hour',
  '1d': '1 day',
  '1mo': '1 month',
}

export function Periods() {
  const page = usePage()
  const periods = usePeriods()
  const { chosen, zoom } = useShown()
  return (
    <fieldset class="periods" aria-label="Period">
      {periods.map(({ name }, i) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === chosen && zoom === undefined}
          title={`${NAMES[name] ?? name} (key ${i + 1})`}
          onClick={() => go(page, { period: name, zoom: undefined })}
        >
          {name}
        </button>
      ))}
      {zoom !== undefined && (
        <button
          type="button"
          class="zoom"
          aria-pressed="true"
          title="Out of the zoom (Escape)"
          onClick={() => go(page, { zoom: undefined })}
        >
          {moment(zoom.from)} – {moment(zoom.to)} ✕
        </button>
      )}
    </fieldset>
  )
}
