/** A view without anything to show: why, and what to do. */
import type { ComponentChildren } from 'preact'

export function Empty({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="empty" aria-label={title}>
      <h2>{title}</h2>
      <div>{children}</div>
    </section>
  )
}
