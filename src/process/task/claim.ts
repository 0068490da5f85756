/** Metrics belong to one task: two that flush the same values would each send them as their own. */
import { MetricsError } from '../../utils/index.ts'

/** Where it is written on the metrics that they are taken: no list of all metrics is kept for it. */
const TAKEN = Symbol('treering task')

/**
 * Takes metrics; the returned function gives them back.
 *
 * @throws MetricsError `conflict` when another task has them. Source: luci-go, which panics.
 */
export function claimMetrics(metrics: object): () => void {
  const marked = metrics as { [TAKEN]?: true }
  if (marked[TAKEN] === true)
    throw new MetricsError('conflict', 'cannot flush these metrics: another task does')
  Object.defineProperty(marked, TAKEN, { value: true, configurable: true, enumerable: false })
  return () => {
    delete marked[TAKEN]
  }
}
