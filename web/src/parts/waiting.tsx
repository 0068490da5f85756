/** Before the first sample of a source: it comes, it cannot be had, or there is nothing to have. */
import type { ComponentChildren } from 'preact'
import { usePage } from '../page.ts'
import { reasonOf } from '../problems/pollers.ts'
import { useStore } from '../state/store.ts'
import { Empty } from './empty.tsx'

interface WaitingProps {
  /** The source. */
  readonly name: string
  /** Shown where it was read without an error and gave nothing. */
  readonly nothing?: ComponentChildren
}

export function Waiting({ name, nothing }: WaitingProps) {
  const { health } = usePage()
  const { pollers } = useStore(health.state)
  const {
    last_error = null,
    last_sample = null,
    polls = 0,
  } = pollers?.find((poller) => poller.name === name) ?? {}
  if (last_error !== null) {
    return (
      <Empty title={`${name} cannot be read`}>
        <p class="bad">{reasonOf(last_error)}</p>
        {last_sample === null && <p>It was not read since treering started.</p>}
        <p>It is asked again and again; it appears here as soon as it answers.</p>
      </Empty>
    )
  }
  if (nothing !== undefined && polls > 0 && last_sample === null) return <>{nothing}</>
  return <p class="muted">Waiting for the first sample of {name}…</p>
}
