/** Promises that are not waited for longer than a signal says, and signals that say how long. */
import { MetricsError } from '../../utils/index.ts'
import type { Clock } from './clock.ts'

/** What the promise gives, or the signal's reason as soon as it is aborted; what comes of the promise later is passed over. */
export function within<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason as Error)
    if (signal.aborted) aborted()
    signal.addEventListener('abort', aborted, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted))
  })
}

/** A signal that is aborted at a time limit, or with another one. */
export interface Deadline {
  readonly signal: AbortSignal
  /** Forgets the limit and the other signal. To be called when what it bounds has ended. */
  end(): void
}

/**
 * Bounds what is done by a time limit.
 *
 * Not `AbortSignal.any` and `AbortSignal.timeout`: the first leaves a trace in a long-lived signal on Node 20, the second has no clock to choose.
 *
 * @param what Ends the sentence of the `MetricsError` `timeout` that it is aborted with: `the store did not answer`.
 */
export function deadline(
  clock: Pick<Clock, 'timer'>,
  ms: number,
  what: string,
  other?: AbortSignal,
): Deadline {
  const controller = new AbortController()
  const late = () => controller.abort(new MetricsError('timeout', `${what} within ${Math.round(ms)} ms`))
  const forget = clock.timer(ms, late)
  const follow = () => controller.abort(other?.reason)
  if (other?.aborted) follow()
  other?.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    end() {
      forget()
      other?.removeEventListener('abort', follow)
    },
  }
}
