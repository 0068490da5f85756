/** A wait that ends by itself, or when somebody rings. */

/** A wait that only ringing ends. */
export const FOR_EVER_MS = 2 ** 31 - 1

/** One waits at a time. */
export class Bell {
  #ring: () => void = () => {}

  /** Ends the wait; where nobody waits, nothing happens. */
  ring(): void {
    this.#ring()
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms))
      this.#ring = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
