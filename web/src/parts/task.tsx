/** The process as a monitored task: which number it has, and when it was heard of. Nothing where it is none. */
import { useEffect, useState } from 'preact/hooks'
import { useClock, usePage } from '../page.ts'
import { span } from '../units.ts'

/** Source: `src/process/task/options.ts`. */
interface TaskStatus {
  readonly enabled: boolean
  readonly target: {
    readonly service_name: string
    readonly job_name: string
    readonly host_name: string
  } | null
  /** −1 while there is none. */
  readonly task_num: number
  /** Unix seconds. */
  readonly last_flush: number | null
  readonly last_error: string | null
  readonly settings: { readonly error: string | null }
}

const EVERY_MS = 5000

/** @param route Of its state. */
export function Task({ route }: { route: string }) {
  useClock()
  const { live } = usePage()
  const status = useTask(route)
  if (status === undefined || !status.enabled) return null
  const { task_num, target, last_flush, last_error, settings } = status
  const error = last_error ?? settings.error
  const name = target === null ? '' : `${target.service_name}/${target.job_name} on ${target.host_name}`
  return (
    <p class={error === null ? 'muted' : 'bad'} role="status">
      <b>{task_num < 0 ? 'No task number yet' : `Task ${task_num}`}</b>
      {name !== '' && ` of ${name}`}
      {last_flush !== null && ` · flushed ${span(live.now() - last_flush)} ago`}
      {error !== null && ` · ${error}`}
    </p>
  )
}

function useTask(route: string): TaskStatus | undefined {
  const [status, setStatus] = useState<TaskStatus>()
  useEffect(() => {
    const stopped = new AbortController()
    const ask = async () => {
      if (document.hidden) return
      const answer = await fetch(route, { signal: stopped.signal }).catch(() => undefined)
      if (answer?.ok) setStatus((await answer.json()) as TaskStatus)
    }
    void ask()
    const timer = setInterval(() => void ask(), EVERY_MS)
    return () => {
      clearInterval(timer)
      stopped.abort()
    }
  }, [route])
  return status
}
