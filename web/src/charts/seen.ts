/** Whether something is on the screen: what is not asks for nothing. */
import type { RefObject } from 'preact'
import { useLayoutEffect, useState } from 'preact/hooks'

/** So far before it comes into sight its rows are asked for, CSS pixels. */
const MARGIN = 300

export function useSeen(element: RefObject<Element | null>): boolean {
  const [seen, setSeen] = useState(false)
  useLayoutEffect(() => {
    const { current } = element
    if (current === null) return
    // The observer tells after the next frame only; what is in sight at first is asked for at once.
    const { top, bottom } = current.getBoundingClientRect()
    setSeen(bottom > -MARGIN && top < innerHeight + MARGIN)
    const observer = new IntersectionObserver(
      (entries) => setSeen(entries.some(({ isIntersecting }) => isIntersecting)),
      { rootMargin: `${MARGIN}px` },
    )
    observer.observe(current)
    return () => observer.disconnect()
  }, [element])
  return seen
}
