/** How reading fares: each source with its newest sample, failures and cost. */

import { usePage } from '../page.ts'
import { viewOf } from '../sources.ts'
import { useStore } from '../state/store.ts'
import { digits, format, NONE, span } from '../units.ts'
import { Link } from './link.tsx'

export function Sources() {
  const page = usePage()
  const { pollers, at } = useStore(page.health.state)
  const { hello } = page.live
  if (pollers === undefined || hello === undefined) return null
  return (
    <section aria-label="Sources">
      <h2>Sources</h2>
      <div class="scroll">
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Source</th>
              <th scope="col">State</th>
              <th scope="col" class="number">
                Newest
              </th>
              <th scope="col" class="number">
                Read in
              </th>
              <th scope="col" class="number">
                Reads
              </th>
              <th scope="col" class="number">
                Failed
              </th>
              <th scope="col" class="number">
                Late
              </th>
            </tr>
          </thead>
          <tbody>
            {pollers.map(
              ({ name, last_error, last_sample, polls, failures, late, duration_ms, saved, faults }) => {
                const wrong = last_error ?? (saved ? faults[0] : 'its history cannot be saved')
                return (
                  <tr key={name}>
                    <th scope="row">
                      <Link to={viewOf(hello.sources, name)}>{name}</Link>
                    </th>
                    <td class={wrong === undefined ? 'good' : 'bad'}>{wrong ?? 'read well'}</td>
                    <td class="number">
                      {/* As old as it was when this was told: since then there were newer ones. */}
                      {last_sample === null ? NONE : `${span(page.live.now(at) - last_sample)} ago`}
                    </td>
                    <td class="number">{format(duration_ms, 'milliseconds')}</td>
                    <td class="number">{digits(polls)}</td>
                    <td class="number">{digits(failures)}</td>
                    <td class="number">{digits(late)}</td>
                  </tr>
                )
              },
            )}
          </tbody>
        </table>
      </div>
    </section>
  )
}
