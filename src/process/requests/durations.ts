/** How durations are sorted. */
import { type Bucketer, geometricBucketer } from '../metrics/bucketer.ts'

/** Milliseconds: five buckets to a power of ten, the first below 10 µs. */
export function durationBucketer(): Bucketer {
  return geometricBucketer(10 ** 0.2, 100, 0.01)
}
