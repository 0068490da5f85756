/**
 * Speeds from raw counters and monotonic time.
 *
 * A counter that went back was reset (driver reloaded, device replaced, 32-bit counter wrapped: which one, nobody can
 * tell), and then its device has no speed for this once. Nothing is estimated.
 */

/** Counters of named devices, read at one moment of the monotonic clock. */
export interface Counters {
  /** Milliseconds. */
  readonly at: number
  readonly devices: ReadonlyMap<string, readonly number[]>
}

/**
 * Each counter's growth per second, or null: no reading before, no time between, the device is new, or one of its
 * counters went back.
 */
export function ratesOf(before: Counters | undefined, after: Counters, name: string): number[] | null {
  const older = before?.devices.get(name)
  const newer = after.devices.get(name)
  if (before === undefined || older === undefined || newer === undefined) return null
  const seconds = (after.at - before.at) / 1000
  if (!(seconds > 0)) return null
  const rates: number[] = []
  for (let i = 0; i < newer.length; i++) {
    const growth = newer[i]! - (older[i] ?? Number.NaN)
    if (!(growth >= 0)) return null
    rates.push(growth / seconds)
  }
  return rates
}

/** A number with at most two decimals. */
export function round2(value: number): number {
  return Math.round(value * 100) / 100
}

/** `part` of `whole` in percent with two decimals; null where the whole is nothing. */
export function percentOf(part: number, whole: number): number | null {
  return whole > 0 ? round2((part / whole) * 100) : null
}
