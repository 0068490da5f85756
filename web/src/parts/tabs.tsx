/** A row of links of which one is current; where they are wider than the screen, that one is scrolled into sight. */
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

interface TabsProps {
  readonly label: string
  readonly class?: string
  readonly children: ComponentChildren
}

export function Tabs({ label, class: name, children }: TabsProps) {
  const nav = useRef<HTMLElement>(null)
  const seen = useRef<string>('')
  useLayoutEffect(() => {
    const row = nav.current!
    const current = row.querySelector<HTMLElement>('[aria-current]')
    // Not at each drawing: who scrolls by hand is not pulled back.
    const place = `${current?.getAttribute('href')} ${row.textContent}`
    if (current === null || place === seen.current) return
    seen.current = place
    // Unlike `scrollIntoView` this never scrolls the page.
    row.scrollLeft = current.offsetLeft - (row.clientWidth - current.offsetWidth) / 2
  })
  return (
    <nav ref={nav} class={name} aria-label={label}>
      {children}
    </nav>
  )
}
