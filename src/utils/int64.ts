/**
 * Exact int64 at the price of doubles: a number while it is safe, a bigint beyond 2^53. Almost all counters stay below
 * all their life, and numbers are cheaper to keep, to add and to write than bigints.
 */

/** An integer: a number if safe, else a bigint. `<` and `>` work on any mixture; `===` too, as no value has both forms. */
export type Int64 = number | bigint

/** The canonical form. */
export function int64Of(value: bigint): Int64 {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

export function addInt64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    if (Number.isSafeInteger(sum)) return sum
  }
  return int64Of(BigInt(a) + BigInt(b))
}

/** `a − b` as a double, rounded only once. */
export function differenceInt64(a: Int64, b: Int64): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : Number(BigInt(a) - BigInt(b))
}

/** `sum / count`; beyond 2^53, where doubles have no fractions left, the integer below (towards zero). */
export function meanInt64(sum: Int64, count: number): Int64 {
  if (typeof sum === 'number') return sum / count
  const quotient = int64Of(sum / BigInt(count))
  return typeof quotient === 'bigint' ? quotient : Number(sum) / count
}

/** As JSON that every parser reads exactly: digits in a string beyond 2^53. */
export function int64ToJson(value: Int64): number | string {
  return typeof value === 'number' ? value : value.toString()
}

/** Reads `int64ToJson`'s form; undefined if it is none. */
export function int64FromJson(json: unknown): Int64 | undefined {
  if (typeof json === 'number') return Number.isSafeInteger(json) ? json : undefined
  return typeof json === 'string' && /^-?\d{1,30}$/.test(json) ? int64Of(BigInt(json)) : undefined
}
