/** Whether the page is as narrow as a phone. */
import { useEffect, useState } from 'preact/hooks'

/** As in the style sheets. */
const QUERY = '(max-width: 720px)'

export function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(() => matchMedia(QUERY).matches)
  useEffect(() => {
    const query = matchMedia(QUERY)
    const look = () => setNarrow(query.matches)
    query.addEventListener('change', look)
    return () => query.removeEventListener('change', look)
  }, [])
  return narrow
}
