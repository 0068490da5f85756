/** Recorders that cannot ship: what they keep meanwhile is bounded. */
import type { RecorderState } from '../state/health.ts'
import { digits } from '../units.ts'
import type { Problem } from './problem.ts'

export function recorderProblems(recorders: readonly RecorderState[]): Problem[] {
  return recorders.flatMap(
    ({ name, destination, queued, spooled, refused, dropped, last_shipped, last_error }): Problem[] => {
      if (last_error === null) return []
      const waiting = queued + spooled
      const more = [
        waiting > 0 && `${digits(waiting)} ${waiting === 1 ? 'waits' : 'wait'}`,
        refused > 0 && `${digits(refused)} ${refused === 1 ? 'is' : 'are'} refused`,
        dropped > 0 && `${digits(dropped)} ${dropped === 1 ? 'is' : 'are'} lost`,
      ].filter(Boolean)
      const text = `cannot ship to ${destination}: ${last_error}${more.length > 0 ? `; ${more.join(', ')}` : ''}`
      const since = last_shipped ?? undefined
      return [
        { id: `recorder ${name}`, severity: 'bad', subject: name, text, since, link: { view: 'overview' } },
      ]
    },
  )
}
