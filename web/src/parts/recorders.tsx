/** How shipping fares: each recorder with what it delivered, what waits, and what was lost. */
import { useClock, usePage } from '../page.ts'
import { useStore } from '../state/store.ts'
import { digits, NONE, span } from '../units.ts'

export function Recorders() {
  useClock()
  const { live, health } = usePage()
  const { recorders } = useStore(health.state)
  if (recorders.length === 0) return null
  return (
    <section aria-label="Recorders">
      <h2>Recorders</h2>
      <div class="scroll">
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Recorder</th>
              <th scope="col">State</th>
              {['Newest', 'Shipped', 'Waiting', 'On disk', 'Refused', 'Lost'].map((name) => (
                <th scope="col" class="number" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {recorders.map(
              ({
                name,
                destination,
                last_error,
                last_shipped,
                shipped,
                queued,
                spooled,
                refused,
                dropped,
              }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td class={last_error === null ? 'good' : 'bad'} title={destination}>
                    {last_error ?? 'ships well'}
                  </td>
                  <td class="number">
                    {last_shipped === null ? NONE : `${span(live.now() - last_shipped)} ago`}
                  </td>
                  {[shipped, queued, spooled, refused, dropped].map((count, i) => (
                    <td class="number" key={i}>
                      {digits(count)}
                    </td>
                  ))}
                </tr>
              ),
            )}
          </tbody>
        </table>
      </div>
    </section>
  )
}
