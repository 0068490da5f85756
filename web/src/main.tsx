/** Starts the page: connects first, so that the first rows are on their way while it is drawn. */
import { render } from 'preact'
import { App } from './app.tsx'
import { type Page, PageContext } from './page.ts'
import { Pins } from './pins.ts'
import { formatRoute, parseRoute, type Route } from './route.ts'
import { Feeds } from './state/feeds.ts'
import { HealthPoll } from './state/health.ts'
import { Live } from './state/live.ts'
import { keptText, Store } from './state/store.ts'
import './style/index.css'
import { Theme } from './theme.ts'

const live = new Live(location.origin)
const lastPeriod = keptText('treering.period') ?? '5m'
const route = new Store(placeOf(location.search))
// Now the URL says the period as well: who gets it as a link sees the same.
history.replaceState(null, '', formatRoute(route.value))
const page: Page = {
  live,
  feeds: new Feeds(live),
  health: new HealthPoll(),
  route,
  pins: new Pins(),
  theme: new Theme(),
  clock: new Store(0),
  lastPeriod,
}
live.start()
setInterval(() => {
  if (!document.hidden) page.clock.set(page.clock.value + 1)
}, 1000)
page.health.start()
page.health.state.watch(() => {
  // Sources came or went: the server says what there is when it is asked anew.
  const known = live.hello?.sources.map(({ name }) => name).join()
  const polled = page.health.state.value.pollers?.map(({ name }) => name).join()
  if (known !== undefined && polled !== undefined && known !== polled) live.reconnect()
})
addEventListener('popstate', () => page.route.set(placeOf(location.search)))
render(
  <PageContext.Provider value={page}>
    <App />
  </PageContext.Provider>,
  document.getElementById('page')!,
)

/** The place that a URL names; without a period that of this browser's last visit. */
function placeOf(search: string): Route {
  const place = parseRoute(search)
  return { ...place, period: place.period ?? lastPeriod }
}
