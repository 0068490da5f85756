/**
 * The number that this instance holds, by its own clock.
 *
 * A lease is counted from before it was asked for, and a little shorter than it is: the store, which counts from later, and by a clock that
 * may run differently, gives the number to nobody else while it is held here. While nobody can be asked it is held to that end, and no longer.
 */
import { type Log, messageOf } from '../../utils/index.ts'
import type { Clock } from './clock.ts'
import type { TaskIdentity } from './target.ts'
import { NoTaskNumberError, type TaskNumAllocator } from './tasknumbers/allocator.ts'
import { within } from './within.ts'

/** There is no number. */
export const NO_NUMBER = -1
/** Of the lease: two clocks differ by far less than one part in a hundred. */
const LEASE_PART = 0.99

/** What a task number needs. */
export interface TaskNumberOptions {
  /** Undefined: the number is always 0. */
  readonly allocator: TaskNumAllocator | undefined
  readonly clock: Clock
  readonly log: Log
  /** Called once whenever a number is lost or becomes another one. */
  readonly lost: (reason: string) => void
  /** Called once whenever a number is given back: what was counted under it is not to be counted again under the next one. */
  readonly givenBack: () => void
  /** Called before `lost` when it is lost because its lease has ended here: what is being sent with it must not go on. */
  readonly expired: (reason: string) => void
}

/** One instance's number. */
export class TaskNumber {
  readonly #options: TaskNumberOptions
  #number = NO_NUMBER
  #endMs = Number.POSITIVE_INFINITY
  #trouble: string | null = null
  #forget: () => void = () => {}

  constructor(options: TaskNumberOptions) {
    this.#options = options
  }

  /** The number; −1 while there is none. */
  get current(): number {
    if (this.#number !== NO_NUMBER && this.#options.clock.boottime() >= this.#endMs) {
      const reason = `the lease of number ${this.#number} has ended`
      this.#options.expired(reason)
      this.#lose(reason)
    }
    return this.#number
  }

  /** Why there is no number, or why its lease could not be renewed; null when all is well. */
  get trouble(): string | null {
    return this.#trouble
  }

  /**
   * Asks once: heartbeat and question. Gives −1 when there is no number.
   *
   * Rejects when nobody could be asked and none is held.
   */
  async ask(target: TaskIdentity, instanceId: string, signal: AbortSignal): Promise<number> {
    const { allocator, clock, log } = this.#options
    if (allocator === undefined) {
      this.#number = 0
      return 0
    }
    const askedMs = clock.boottime()
    try {
      const number = await within(signal, allocator.notifyTaskIsAlive(target, instanceId, signal))
      this.#trouble = null
      this.#hold(number, askedMs + allocator.leaseMs * LEASE_PART)
    } catch (error) {
      const reason = messageOf(error)
      if (error instanceof NoTaskNumberError) {
        this.#lose(reason)
        this.#trouble = reason
      } else if (this.current === NO_NUMBER) {
        throw error
      } else {
        const trouble = `cannot renew task number ${this.#number}: ${reason}: it is kept until its lease ends`
        if (this.#trouble !== trouble) log.warn({ task_num: this.#number }, trouble)
        this.#trouble = trouble
      }
    }
    return this.current
  }

  /** Gives the number back. Does not reject: a lease that cannot be ended ends by itself. */
  async release(target: TaskIdentity, instanceId: string, signal: AbortSignal): Promise<void> {
    const { allocator, log, givenBack } = this.#options
    this.#forget()
    const number = this.#number
    // Not held from here on: while it is given back it is nobody's.
    this.#number = NO_NUMBER
    this.#trouble = null
    if (number !== NO_NUMBER) givenBack()
    try {
      // Also where none is known of: a question that nobody waited for may have been answered.
      await within(signal, allocator?.release?.(target, instanceId, signal) ?? Promise.resolve())
    } catch (error) {
      log.warn({ task_num: number, reason: messageOf(error) }, 'cannot give the task number back')
    }
  }

  #hold(number: number, endMs: number): void {
    const before = this.#number
    this.#number = number
    this.#endMs = endMs
    if (before !== NO_NUMBER && before !== number)
      this.#options.lost(`task number ${before} became ${number}`)
    if (before !== number) this.#options.log.info({ task_num: number }, 'task number taken')
    this.#wind()
  }

  /** Ends the number at its lease's end, also between two flushes. */
  #wind(): void {
    this.#forget()
    const { clock } = this.#options
    this.#forget = clock.timer(Math.max(0, this.#endMs - clock.boottime()), () => {
      if (this.current !== NO_NUMBER) this.#wind()
    })
  }

  #lose(reason: string): void {
    this.#forget()
    if (this.#number === NO_NUMBER) return
    this.#number = NO_NUMBER
    this.#trouble = `no task number: ${reason}`
    this.#options.lost(reason)
  }
}
