/** What a row of a table opens: its charts, over the lower part of the screen, while the table stays. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { go, usePage } from '../page.ts'

export function Drawer({ title, children }: { title: string; children: ComponentChildren }) {
  const page = usePage()
  const drawer = useRef<HTMLElement>(null)
  const close = () => go(page, { open: '' })
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
