/** Since when: the moment from which a value has been at or over its bound without a break. */
import type { Row } from '../state/series.ts'
import type { Beginning } from './problem.ts'

/** When something began. */
export interface Since {
  /** Unix seconds. */
  readonly at: number
  /** It may be longer ago: there is no older history. */
  readonly atLeast: boolean
}

/** A value at a moment; null where it is not known. */
type Point = readonly [timestamp: number, value: number | null]

/**
 * Walks back through ever longer periods until one shows a value under the bound.
 *
 * @param rowsOf A period's rows, oldest first.
 * @returns Undefined when no period holds such a value.
 */
export async function findSince(
  { key, least, meanSeconds = 0 }: Pick<Beginning, 'key' | 'least' | 'meanSeconds'>,
  periods: readonly string[],
  rowsOf: (period: string) => Promise<readonly Row[]>,
): Promise<Since | undefined> {
  let at: number | undefined
  for (const period of periods) {
    const points = meansOf(
      (await rowsOf(period)).map((row) => [row.timestamp, row[key] ?? null]),
      meanSeconds,
    )
    for (let i = points.length - 1; i >= 0; i--) {
      const [timestamp, value] = points[i]!
      // A longer slot mixes what was before with what is now: only what is older than what is known counts.
      if (at !== undefined && timestamp >= at) continue
      if (value === null) continue
      if (value < least) return at === undefined ? undefined : { at, atLeast: false }
      at = timestamp
    }
  }
  return at === undefined ? undefined : { at, atLeast: true }
}

/**
 * For each point the mean of the seconds that end with it: what a problem is judged by. Null where less than half of
 * them are known, as at the beginning of a period; points that are farther apart than that stand for themselves.
 */
export function meansOf(points: readonly Point[], seconds: number): readonly Point[] {
  const apart = points.slice(1).map(([timestamp], i) => timestamp - points[i]![0])
  const step = apart.sort((a, b) => a - b)[apart.length >> 1] ?? 0
  if (step === 0 || step >= seconds) return points
  let [first, sum, count] = [0, 0, 0]
  return points.map(([timestamp, value]): Point => {
    if (value !== null) [sum, count] = [sum + value, count + 1]
    while (points[first]![0] <= timestamp - seconds) {
      const gone = points[first++]![1]
      if (gone !== null) [sum, count] = [sum - gone, count - 1]
    }
    return [timestamp, count * step >= seconds / 2 ? sum / count : null]
  })
}
