/** A link to another place of the page. */
import type { ComponentChildren } from 'preact'
import { go, usePage, useRoute } from '../page.ts'
import { formatRoute, type Route } from '../route.ts'

interface LinkProps {
  /** What changes; the period stays, what was opened, filtered, sorted and zoomed does not. */
  readonly to: Partial<Route>
  readonly class?: string
  readonly current?: boolean
  readonly children: ComponentChildren
}

export function Link({ to, class: name, current = false, children }: LinkProps) {
  const page = usePage()
  const route = useRoute()
  const place: Partial<Route> = { filter: '', sort: '', open: '', zoom: undefined, ...to }
  return (
    <a
      href={formatRoute({ ...route, ...place })}
      class={name}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
        event.preventDefault()
        go(page, place)
        if (to.view !== undefined && to.view !== route.view) scrollTo(0, 0)
      }}
    >
      {children}
    </a>
  )
}
