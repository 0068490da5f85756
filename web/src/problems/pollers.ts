/** What is wrong with the reading itself: a source that fails shows old values, and nobody would notice. */
import type { PollerState } from '../state/health.ts'
import type { Problem } from './problem.ts'

/** What stands behind *cannot be read*: an error of a reader mostly begins with the same words. */
export function reasonOf(error: string): string {
  return error.replace(/^cannot read /, '')
}

/**
 * @param viewOf Where a source is to be seen.
 * @param isTold Whether a fault of a source is told elsewhere.
 */
export function pollerProblems(
  pollers: readonly PollerState[],
  viewOf: (source: string) => Problem['link'],
  isTold: (source: string, fault: string) => boolean = () => false,
): Problem[] {
  return pollers.flatMap(({ name, last_error, last_sample, saved, faults }) => {
    const link = viewOf(name)
    const problems: Problem[] = []
    if (last_error !== null) {
      const since = last_sample ?? undefined
      // What was before this start is in its history, not in this state.
      const when = since === undefined ? ' since treering started' : ''
      const text = `cannot be read${when}: ${reasonOf(last_error)}`
      problems.push({ id: `${name}/poll`, severity: 'bad', subject: name, text, since, link })
    }
    if (!saved) {
      const text = 'its history cannot be saved: a restart would lose it'
      problems.push({ id: `${name}/save`, severity: 'bad', subject: name, text, link })
    }
    // A source that cannot be read at all says so once.
    for (const fault of last_error === null ? faults : []) {
      if (isTold(name, fault)) continue
      problems.push({ id: `${name}/fault ${fault}`, severity: 'warn', subject: name, text: fault, link })
    }
    return problems
  })
}
