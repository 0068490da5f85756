/** An act that ends in time, whether it wants or not. */
import { type Log, MetricsError, messageOf } from '../../utils/index.ts'
import type { Recorder } from '../recorder.ts'

/** How long a recorder may take to close. */
const CLOSE_MS = 300

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
    const stopped = () => giveUp(new MetricsError('unavailable', 'given up'))
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

/** Closes a recorder. One that cannot, or takes too long, is said and left behind. */
export async function closeRecorder(recorder: Recorder, log: Log): Promise<void> {
  await within(CLOSE_MS, new AbortController().signal, async () => recorder.close?.()).catch((error) =>
    log.warn({ recorder: recorder.name, reason: messageOf(error) }, 'cannot close recorder'),
  )
}
