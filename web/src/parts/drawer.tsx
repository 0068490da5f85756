/** What a row of a table opens: its charts, over the lower part of the screen, while the table stays. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { go, usePage } from '../page.ts'

interface DrawerProps {
  readonly title: string
  /** What is open when it is closed; absent: nothing. */
  readonly closed?: string
  readonly children: ComponentChildren
}

export function Drawer({ title, closed = '', children }: DrawerProps) {
  const page = usePage()
  const drawer = useRef<HTMLElement>(null)
  const close = () => {
    // Back to the row that opened it, which is still there.
    document.querySelector<HTMLElement>('tr.opened .open')?.focus({ preventScroll: true })
    go(page, { open: closed })
  }
  useEffect(() => drawer.current?.focus({ preventScroll: true }), [title])
  return (
    <aside
      class="drawer"
      ref={drawer}
      tabIndex={-1}
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && page.route.value.zoom === undefined) close()
      }}
    >
      <header>
        <h2 dir="auto">{title}</h2>
        <button type="button" onClick={close}>
          Close
        </button>
      </header>
      {children}
    </aside>
  )
}
