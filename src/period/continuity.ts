/** A wall clock that ran this far apart from the monotonic one between two beats was set, or the machine slept. */
const CLOCK_BREAK_MS = 2000

/** Watches two clocks: that the time between two beats is what both say it is. */
export class Continuity {
  #before: { wall: number; monotonic: number } | undefined

  /** Whether time went on from the beat before to this one; false at the first. */
  beat(wall: number, monotonic: number): boolean {
    const before = this.#before
    this.#before = { wall, monotonic }
    if (before === undefined) return false
    return Math.abs(wall - before.wall - (monotonic - before.monotonic)) < CLOCK_BREAK_MS
  }
}
