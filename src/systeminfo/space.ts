/**
 * Asks file systems for their space without ever waiting for one that does not answer.
 *
 * Each path has one question outstanding at most, unless it is forgotten; what was answered last stands until the
 * next answer, and is stale when a question failed or has waited too long. A call is bounded work: the paths asked
 * longest ago come first, so that a machine of a hundred mounts costs no more a second than one of four.
 */

/** What statfs(2) says. */
export interface StatFs {
  readonly bsize: number
  readonly blocks: number
  readonly bfree: number
  readonly bavail: number
}

/** Asks one path; calls back once, or never. */
export type AskSpace = (path: string, done: (error: unknown, stats?: StatFs) => void) => void

/** Limits of a `SpaceReader`. */
export interface SpaceLimits {
  /** Questions under way at once, stuck ones included. */
  readonly outstanding: number
  /** Questions begun by one call. The first call asks every path. */
  readonly perCall: number
  /** An answer is stale when a newer question has waited this long. */
  readonly timeoutMs: number
  /** Least time between two questions to one path. */
  readonly intervalMs: number
}

interface Slot {
  readonly path: string
  answer: StatFs | undefined
  failed: boolean
  waiting: boolean
  askedAt: number
}

/** The latest known space of paths. */
export class SpaceReader {
  readonly #ask: AskSpace
  readonly #limits: SpaceLimits
  readonly #clock: () => number
  /** In order of the last question, oldest first. */
  readonly #slots = new Map<string, Slot>()
  readonly #queue: { slot: Slot; answered: () => void }[] = []
  #outstanding = 0
  #resized = false

  constructor(ask: AskSpace, limits: SpaceLimits, clock: () => number) {
    this.#ask = ask
    this.#limits = limits
    this.#clock = clock
  }

  /**
   * Asks what is due. The promise resolves when all asked by this call have answered, which may be never; undefined when
   * none was due.
   */
  refresh(paths: readonly string[]): Promise<void> | undefined {
    const now = this.#clock()
    const wanted = new Set(paths)
    for (const path of this.#slots.keys()) if (!wanted.has(path)) this.#slots.delete(path)
    const fresh: Slot[] = []
    for (const path of wanted) {
      if (this.#slots.has(path)) continue
      const slot = {
        path,
        answer: undefined,
        failed: false,
        waiting: false,
        askedAt: Number.NEGATIVE_INFINITY,
      }
      this.#slots.set(path, slot)
      fresh.push(slot)
    }
    const due = fresh
    for (const slot of this.#slots.values()) {
      if (due.length >= this.#limits.perCall) break
      if (!slot.waiting && now - slot.askedAt >= this.#limits.intervalMs && !due.includes(slot))
        due.push(slot)
    }
    if (due.length === 0) return undefined
    return new Promise((resolve) => {
      let missing = due.length
      const answered = () => {
        missing -= 1
        if (missing === 0) resolve()
      }
      for (const slot of due) {
        this.#slots.delete(slot.path)
        this.#slots.set(slot.path, slot)
        slot.waiting = true
        slot.askedAt = now
        this.#queue.push({ slot, answered })
      }
      this.#next()
    })
  }

  /** Forgets what a path answered, and what it may still answer to a question that is under way. */
  forget(path: string): void {
    this.#slots.delete(path)
  }

  /** The last answer of a path, and whether it is stale; undefined if it never answered. */
  read(path: string): { stats: StatFs; stale: boolean } | undefined {
    const slot = this.#slots.get(path)
    if (slot?.answer === undefined) return undefined
    const late = slot.waiting && this.#clock() - slot.askedAt >= this.#limits.timeoutMs
    return { stats: slot.answer, stale: slot.failed || late }
  }

  /** Whether a path was asked, its time is over, and it never answered. */
  isSilent(path: string): boolean {
    const slot = this.#slots.get(path)
    if (slot === undefined || slot.answer !== undefined) return false
    return slot.failed || (slot.waiting && this.#clock() - slot.askedAt >= this.#limits.timeoutMs)
  }

  /** Whether a question is without its answer. */
  get waiting(): boolean {
    return this.#outstanding > 0 || this.#queue.length > 0
  }

  /** Whether a path's size changed since the last call: it may be another file system than before. */
  takeResized(): boolean {
    const resized = this.#resized
    this.#resized = false
    return resized
  }

  #next(): void {
    while (this.#outstanding < this.#limits.outstanding) {
      const question = this.#queue.shift()
      if (question === undefined) return
      this.#outstanding += 1
      this.#ask(question.slot.path, (_error, stats) => {
        this.#outstanding -= 1
        this.#settle(question.slot, stats)
        question.answered()
        this.#next()
      })
    }
  }

  #settle(slot: Slot, stats: StatFs | undefined): void {
    const before = slot.answer
    slot.waiting = false
    slot.failed = stats === undefined
    if (stats === undefined) return
    slot.answer = stats
    if (before !== undefined && before.blocks * before.bsize !== stats.blocks * stats.bsize)
      this.#resized = true
  }
}
