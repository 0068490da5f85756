/** When a problem began, as the server's history tells it. */
import { useEffect, useState } from 'preact/hooks'
import { usePage, usePeriods } from '../page.ts'
import type { Row } from '../state/series.ts'
import type { Beginning, Problem } from './problem.ts'
import { findSince, type Since } from './since.ts'

/** Until something was found it is looked for again after this time. */
const AGAIN_MS = 5000

/** Undefined until it is found. */
export function useSince({ since }: Pick<Problem, 'since'>): Since | undefined {
  const { health } = usePage()
  const periods = usePeriods()
  const [found, setFound] = useState<Since>()
  const wanted = typeof since === 'object' ? JSON.stringify(since) : ''
  useEffect(() => {
    setFound(undefined)
    if (wanted === '') return
    const beginning = JSON.parse(wanted) as Beginning
    const stopped = new AbortController()
    let timer: ReturnType<typeof setTimeout>
    const names = periods.map(({ name }) => name)
    const rowsOf = (period: string) => askRows(beginning, period, stopped.signal)
    const look = async () => {
      // Who is logged out is refused, and who does not look wants no answer.
      const idle = document.hidden || health.state.value.loginNeeded
      const began = idle ? undefined : await findSince(beginning, names, rowsOf).catch(() => undefined)
      if (stopped.signal.aborted) return
      if (began === undefined) timer = setTimeout(() => void look(), AGAIN_MS)
      else setFound(began)
    }
    void look()
    return () => {
      stopped.abort()
      clearTimeout(timer)
    }
  }, [wanted, periods, health])
  return typeof since === 'number' ? { at: since, atLeast: false } : found
}

async function askRows(
  { source, aggregate }: Beginning,
  period: string,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const query = new URLSearchParams({ period, aggregate })
  const answer = await fetch(`/metrics/${source}?${query}`, { signal })
  return answer.ok ? ((await answer.json()) as { data: Row[] }).data : []
}
