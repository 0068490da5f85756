/**
 * Which rings there are. Every ring has 100 slots; a slot is `duration / 100` wide.
 * Source: GoDoxy's `period.Filter` table; longer periods are ours and come from the configuration.
 */
import { MetricsError } from '../utils/index.ts'

/** Slots of every ring. */
export const SLOTS = 100
/** Configured periods at most, besides the five. */
const MAX_EXTRA_PERIODS = 10

/** One ring's place in time. */
export interface Period {
  /** The word of the `period` parameter. */
  readonly name: string
  /** How far the ring reaches back. */
  readonly durationMs: number
  /** Width of a slot: `durationMs / 100`. */
  readonly intervalMs: number
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
const BUILT_IN: Readonly<Record<string, number>> = {
  '5m': 5 * 60_000,
  '15m': 15 * 60_000,
  '1h': HOUR,
  '1d': DAY,
  '1mo': 30 * DAY,
}
const NAME = /^[A-Za-z0-9_-]{1,16}$/
const LEAST_MS = SLOTS * 1000
const MOST_MS = 100 * 365 * DAY

function period(name: string, durationMs: number): Period {
  return { name, durationMs, intervalMs: durationMs / SLOTS }
}

/** The five periods: 5m (slots of 3 s), 15m (9 s), 1h (36 s), 1d (864 s), 1mo of 30 days (25,920 s). */
export const PERIODS: readonly Period[] = Object.entries(BUILT_IN).map(([name, ms]) => period(name, ms))

/**
 * The five periods and more, shortest first.
 *
 * @param extra Name → duration in ms, such as `{ '1y': 365 * 86_400_000 }`.
 * @throws MetricsError `invalid` for a name that is taken or not `[A-Za-z0-9_-]{1,16}`, a duration under 100 s (a slot
 *   is never under 1 s) or over 100 years, and for more than 10 of them.
 */
export function withPeriods(extra: Readonly<Record<string, number>>): readonly Period[] {
  const added = Object.entries(extra)
  if (added.length > MAX_EXTRA_PERIODS) {
    throw new MetricsError(
      'invalid',
      `too many periods: ${added.length}, at most ${MAX_EXTRA_PERIODS} may be added`,
    )
  }
  for (const [name, ms] of added) {
    if (!NAME.test(name)) {
      throw new MetricsError(
        'invalid',
        `invalid period name ${JSON.stringify(name)}: allowed are 1 to 16 of A-Z a-z 0-9 _ -`,
      )
    }
    if (Object.hasOwn(BUILT_IN, name))
      throw new MetricsError('invalid', `period ${name} is built in and cannot be changed`)
    if (!(ms >= LEAST_MS && ms <= MOST_MS)) {
      throw new MetricsError(
        'invalid',
        `invalid period ${name}: its duration must be between 100s and 36500d`,
      )
    }
  }
  const all = [...PERIODS, ...added.map(([name, ms]) => period(name, Math.round(ms / SLOTS) * SLOTS))]
  return all.sort((a, b) => a.durationMs - b.durationMs)
}
