/** `/status.json`: how all targets fared in a period, a letter a slot. */
import { useEffect, useState } from 'preact/hooks'
import type { StatusTarget } from '../../../src/http/status.ts'

/** An answer. */
export interface StatusAnswer {
  readonly period: string
  /** All that may be asked for, shortest first. */
  readonly periods: readonly { readonly name: string; readonly seconds: number }[]
  readonly slot_seconds: number
  /** The server's clock, Unix seconds. */
  readonly now: number
  readonly targets: readonly StatusTarget[]
}

/** The newest answer, and whether it could be had. */
export interface StatusState {
  readonly answer: StatusAnswer | undefined
  /** Since when it cannot be asked any more, ms of `Date.now()`; undefined while it can. */
  readonly failingSince: number | undefined
}

const LEAST_MS = 2000
/** Beyond this many targets an answer is long. */
const MANY = 100
const MOST_MS = 5000
const MOST_MS_OF_MANY = 20_000
const TIMEOUT_MS = 10_000

/**
 * Asks as often as a slot changes; not at all while `wanted` is false or nobody looks.
 *
 * @param refused Told once when the server has not that period, which is asked no more.
 */
export function useStatus(period: string, wanted = true, refused?: () => void): StatusState {
  const [state, setState] = useState<StatusState>({ answer: undefined, failingSince: undefined })
  useEffect(() => {
    if (!wanted) return
    let timer: ReturnType<typeof setTimeout>
    const stopped = new AbortController()
    const ask = async () => {
      let waitMs = LEAST_MS
      if (!document.hidden) {
        const answer = await fetchStatus(period, stopped.signal)
        if (stopped.signal.aborted) return
        if (answer === 'refused') return refused?.()
        setState((before) =>
          answer === undefined
            ? { ...before, failingSince: before.failingSince ?? Date.now() }
            : { answer, failingSince: undefined },
        )
        const most = (answer?.targets.length ?? 0) > MANY ? MOST_MS_OF_MANY : MOST_MS
        waitMs = Math.min(most, Math.max(LEAST_MS, ((answer?.slot_seconds ?? 0) * 1000) / 3))
      }
      timer = setTimeout(() => void ask(), waitMs)
    }
    void ask()
    return () => {
      stopped.abort()
      clearTimeout(timer)
    }
  }, [period, wanted])
  return state
}

/** Undefined when it cannot be had. */
async function fetchStatus(
  period: string,
  stopped: AbortSignal,
): Promise<StatusAnswer | 'refused' | undefined> {
  try {
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(TIMEOUT_MS)])
    const answer = await fetch(`/status.json?period=${encodeURIComponent(period)}`, { signal })
    if (answer.status === 400) return 'refused'
    return answer.ok ? ((await answer.json()) as StatusAnswer) : undefined
  } catch {
    return undefined
  }
}
