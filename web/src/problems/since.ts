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

/**
 * Walks back through ever longer periods until one shows a value under the bound.
 *
 * @param rowsOf A period's rows, oldest first.
 * @returns Undefined when no period holds such a value.
 */
export async function findSince(
  { key, least }: Pick<Beginning, 'key' | 'least'>,
  periods: readonly string[],
  rowsOf: (period: string) => Promise<readonly Row[]>,
): Promise<Since | undefined> {
  let at: number | undefined
  for (const period of periods) {
    const rows = await rowsOf(period)
    for (let i = rows.length - 1; i >= 0; i--) {
      const { timestamp, [key]: value } = rows[i]!
      // A longer slot mixes what was before with what is now: only what is older than what is known counts.
      if (at !== undefined && timestamp >= at) continue
      if (value === undefined || value === null) continue
      if (value < least) return at === undefined ? undefined : { at, atLeast: false }
      at = timestamp
    }
  }
  return at === undefined ? undefined : { at, atLeast: true }
}
