/**
 * Count, sum, least and greatest of the numbers of one slot: what makes a month point the mean *and* the peak of all
 * its samples. Kept as a plain array of doubles (no boxed fields), which is its JSON on disk as well.
 */
import type { StatName } from './source.ts'

/** `[count, sum, min, max]` */
export type Stat = [count: number, sum: number, min: number, max: number]

/** The statistics of one number. */
export function statOf(value: number): Stat {
  return [1, value, value, value]
}

/** Adds a number in place. */
export function foldStat(stat: Stat, value: number): void {
  stat[0] += 1
  stat[1] += value
  if (value < stat[2]) stat[2] = value
  if (value > stat[3]) stat[3] = value
}

/** One statistic. The mean never leaves [min, max], although the sum is rounded. */
export function readStat(stat: Stat, name: StatName): number {
  if (name === 'min') return stat[2]
  if (name === 'max') return stat[3]
  return Math.min(Math.max(stat[1] / stat[0], stat[2]), stat[3])
}

/** Whether a JSON value is a `Stat`: four finite numbers, a positive count, min ≤ max. */
export function isStat(json: unknown): json is Stat {
  return (
    Array.isArray(json) &&
    json.length === 4 &&
    json.every((n) => typeof n === 'number' && Number.isFinite(n)) &&
    json[0] > 0 &&
    json[2] <= json[3]
  )
}
