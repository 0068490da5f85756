import { onTestFinished } from 'vitest'

/** Sets the wall clock of this process by so much, until the test ends; the monotonic one goes on. */
export function setWallClock(byMs: number): void {
  const { now } = Date
  Date.now = () => now() + byMs
  onTestFinished(() => {
    Date.now = now
  })
}

/** Clocks that stand still until they are moved. */
export class TestClock {
  ms: number
  #monotonic = 0

  constructor(ms = 1_700_000_000_000) {
    this.ms = ms
  }

  /** Time passes on both clocks. */
  pass(ms: number): void {
    this.ms += ms
    this.#monotonic += ms
  }

  /** Only the wall clock is moved: it was set, or the machine slept. */
  jump(ms: number): void {
    this.ms += ms
  }

  now = (): number => this.ms
  monotonic = (): number => this.#monotonic
}
