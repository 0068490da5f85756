/** What is read of a process at one moment: its `/debug/vars`, flat. */
import type { ExactNumber, Flat } from './flatten.ts'

/**
 * One sample. Keys are those of the document, nested ones joined by dots. Numbers are as the process told them: bytes are
 * bytes, times mostly nanoseconds.
 */
export interface ExpvarSample extends Flat {
  /** Unix seconds. */
  readonly timestamp: number
  /** Growth of each number per second since the sample before; a number that is new or fell has none. */
  readonly rates: Readonly<Record<string, number>>
}

/** Growth per second of numbers; none without time in between. */
export function ratesOf(
  values: Readonly<Record<string, ExactNumber>>,
  last: Readonly<Record<string, ExactNumber>>,
  seconds: number,
): Record<string, number> {
  const rates: Record<string, number> = {}
  if (seconds <= 0) return rates
  for (const key of Object.keys(values)) {
    const value = values[key]!
    const before = Object.hasOwn(last, key) ? last[key]! : undefined
    if (before === undefined || value < before || key === '__proto__') continue
    rates[key] = growth(value, before) / seconds
  }
  return rates
}

/** Exact where both are whole: neighbours beyond 2^53 are one double. */
function growth(value: ExactNumber, before: ExactNumber): number {
  if (typeof value === 'number' && typeof before === 'number') return value - before
  const whole = isWhole(value) && isWhole(before)
  return whole ? Number(BigInt(value) - BigInt(before)) : Number(value) - Number(before)
}

function isWhole(value: ExactNumber): boolean {
  return typeof value === 'bigint' || Number.isInteger(value)
}
