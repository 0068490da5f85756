/** An act that ends in time, whether it wants or not. */
import { MetricsError } from '../../utils/index.ts'

/**
 * The result of `act`, or a `timeout` after this long, or `unavailable` when `stop` is aborted. `act` is told by its signal; one that
 * does not listen is left behind.
 */
export function within<T>(
  timeoutMs: number,
  stop: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController()
  return new Promise<T>((resolve, reject) => {
    const giveUp = (error: MetricsError) => {
      reject(error)
      abort.abort(error)
    }
    const timer = setTimeout(
      () => giveUp(new MetricsError('timeout', `no answer within ${timeoutMs} ms`)),
      timeoutMs,
    )
    const stopped = () => giveUp(new MetricsError('unavailable', 'given up: the program stops'))
    stop.addEventListener('abort', stopped, { once: true })
    if (stop.aborted) stopped()
    Promise.resolve()
      .then(() => act(abort.signal))
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer)
        stop.removeEventListener('abort', stopped)
      })
  })
}
