/** Checks that have ended, in columns: what a sample brings to the history, and what the journal keeps of it. */
import { MetricsError } from '../utils/index.ts'
import type { AliasList } from './lists.ts'
import { LETTERS } from './status.ts'

/** Greatest latency that is kept, in µs: 71 minutes. */
export const MAX_LATENCY_US = 2 ** 32 - 1

/** Columns of checks in the order in which they ended. A target that was checked twice is there twice. */
export interface Checks {
  /** What `places` points into. */
  readonly list: AliasList
  readonly places: readonly number[]
  /** Codes of statuses. */
  readonly codes: readonly number[]
  /** Whole microseconds: so sums are exact. */
  readonly latencies: readonly number[]
}

/** A line of the journal. */
export interface JournaledChecks {
  /** Unix seconds. */
  readonly timestamp: number
  readonly aliases: readonly string[]
  /** A letter each: k healthy, h … see `LETTERS`. */
  readonly statuses: string
  readonly latencies: readonly number[]
}

/** What the journal keeps of checks. */
export function journalChecks(
  timestamp: number,
  { list, places, codes, latencies }: Checks,
): JournaledChecks {
  let statuses = ''
  for (const code of codes) statuses += LETTERS[code]
  return { timestamp, aliases: places.map((place) => list.aliases[place]!), statuses, latencies }
}

/** The columns of a line. `listOf` makes a list that holds these aliases. Throws `corrupt` for what is none. */
export function readChecks(json: unknown, listOf: (aliases: readonly string[]) => AliasList): Checks {
  const { timestamp, aliases, statuses, latencies } = (json ?? {}) as Partial<
    Record<keyof JournaledChecks, unknown>
  >
  const whole =
    Number.isFinite(timestamp) &&
    Array.isArray(aliases) &&
    aliases.every((alias) => typeof alias === 'string') &&
    typeof statuses === 'string' &&
    statuses.length === aliases.length &&
    Array.isArray(latencies) &&
    latencies.length === aliases.length &&
    latencies.every(isLatency)
  const codes = whole ? [...statuses].map((letter) => LETTERS.indexOf(letter)) : [-1]
  if (!whole || codes.includes(-1)) throw new MetricsError('corrupt', 'cannot read checks: these are none')
  const list = listOf(aliases as string[])
  return { list, places: aliases.map((alias: string) => list.placeOf(alias)!), codes, latencies }
}

/** Whole microseconds within bounds. */
export function latencyUs(us: number): number {
  return us > 0 ? Math.min(Math.round(us), MAX_LATENCY_US) : 0
}

function isLatency(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_LATENCY_US
}
