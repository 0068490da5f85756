/** When the beats of a target fall: spread over its interval, so that thousands are not checked in one moment. */
import { hashOf } from '../utils/index.ts'

/** The first check comes within this time, however long the interval is. */
const FIRST_WITHIN_MS = 5000
/** Spreads what hashes near to one another. Source: Knuth, multiplicative hashing. */
const GOLDEN = 0x9e3779b1

/** Milliseconds after each full interval, less than one; always the same for an alias. */
export function phaseOf(alias: string, intervalMs: number): number {
  return ((Math.imul(hashOf(alias), GOLDEN) >>> 0) / 2 ** 32) * intervalMs
}

/** Milliseconds until a check ahead of the first beat; null where that comes soon enough. */
export function firstAfter(phaseMs: number, intervalMs: number): number | null {
  return intervalMs <= FIRST_WITHIN_MS ? null : (phaseMs / intervalMs) * FIRST_WITHIN_MS
}
