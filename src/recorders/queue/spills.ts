/** When what waits in memory is moved to disk. */
import type { Backlog } from './backlog.ts'

/** How often what came in memory is moved to disk while deliveries fail or hang, and how soon a move that failed is tried again. */
const EVERY_MS = 1000

/** A delivery that takes longer may never end: what waits behind it, and it too, is moved to disk. */
const SLOW_MS = 1000

/** Moves what is in memory to disk, where there is a spool. */
export class Spills {
  readonly #backlog: Backlog
  readonly #timer: NodeJS.Timeout
  #notBefore = 0

  #deliveringSince = Number.POSITIVE_INFINITY

  /** @param isFailing Whether the newest delivery failed. */
  constructor(backlog: Backlog, isFailing: () => boolean) {
    this.#backlog = backlog
    this.#timer = setInterval(() => {
      if (isFailing() || performance.now() - this.#deliveringSince > SLOW_MS) this.begin()
    }, EVERY_MS).unref()
  }

  /** Has an eye on a delivery until it ends. */
  async watch<T>(delivery: Promise<T>): Promise<T> {
    this.#deliveringSince = performance.now()
    try {
      return await delivery
    } finally {
      this.#deliveringSince = Number.POSITIVE_INFINITY
    }
  }

  /** Begins a move, not more often than makes sense while the disk does not take it. */
  begin(): void {
    const { spool } = this.#backlog
    if (spool === undefined || performance.now() < this.#notBefore) return
    void this.#backlog.spill().then(() => {
      if (spool.fault !== undefined) this.#notBefore = performance.now() + EVERY_MS / 2
    })
  }

  /** Nothing is moved by itself any more. */
  stop(): void {
    clearInterval(this.#timer)
  }
}
