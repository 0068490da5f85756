/** Whether something is on the screen: what is not asks for nothing. */
import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** A little before it comes into sight its rows are asked for. */
const MARGIN = '300px'

export function useSeen(element: RefObject<Element | null>): boolean {
  const [seen, setSeen] = useState(false)
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => setSeen(entries.some(({ isIntersecting }) => isIntersecting)),
      { rootMargin: MARGIN },
    )
    if (element.current) observer.observe(element.current)
    return () => observer.disconnect()
  }, [element])
  return seen
}
