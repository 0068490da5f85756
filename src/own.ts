/** Treering's own numbers: asked by `/metrics`, `/health`, `/debug/vars` and readers of type self. */
import { ownFamilies } from './http/families.ts'
import type { OwnNumbers } from './http/own.ts'
import { recorderFamilies } from './http/recorders.ts'
import type { ActiveReader } from './readers.ts'
import type { RecorderStatus } from './recorders/index.ts'

/** What of the program is asked, each time anew. */
export function ownNumbers(
  version: string,
  readers: { readonly active: readonly ActiveReader[] },
  recorders: () => RecorderStatus[],
): OwnNumbers {
  const states = () =>
    readers.active.map(({ poller, handler }) => ({ status: poller.status(), sockets: handler.sockets() }))
  return {
    pollers: () => readers.active.map(({ poller }) => poller.status()),
    recorders,
    sockets() {
      const sum = { open: 0, dropped: 0 }
      for (const { handler } of readers.active) {
        const { open, dropped } = handler.sockets()
        sum.open += open
        sum.dropped += dropped
      }
      return sum
    },
    families: () => [...ownFamilies(version, states()), ...recorderFamilies(recorders())],
  }
}
