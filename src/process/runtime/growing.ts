/** How metrics of the runtime are set. */
import type { RuntimeSample } from './runtime.ts'

/** Sets metrics to a reading. */
export type Report = (sample: RuntimeSample) => void

/** Adds what a total grew by, so that a counter that was reset begins at 0 though the total goes on. */
export function growing(add: (amount: number) => void): (total: number) => void {
  let last = 0
  return (total) => {
    if (total > last) add(total - last)
    last = total
  }
}
