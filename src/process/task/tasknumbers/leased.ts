/** The rules of leases, the same for all allocators, over the three things that a store must be able to do at one stroke. */
import { keyOf, type TaskIdentity } from '../target.ts'
import { within } from '../within.ts'
import { DEFAULT_LEASE_MS, NoTaskNumberError, type TaskNumAllocator } from './allocator.ts'

/** Whose lease: an instance of an identity. */
export interface Holder {
  readonly task: TaskIdentity
  readonly instanceId: string
}

/** Keeps leases on a clock of its own, never on that of a holder. Each of its calls happens wholly or not at all, beside those of all processes. */
export interface LeaseStore {
  /** The number that the holder has already, with a new lease, else the smallest free one. */
  claim(holder: Holder, signal: AbortSignal): Promise<number>
  /** Lengthens a lease that has not ended; false when it has, or when another has the number. */
  renew(holder: Holder, number: number, signal: AbortSignal): Promise<boolean>
  /** Ends the lease, if there is one. */
  release(holder: Holder, signal: AbortSignal): Promise<void>
  close?(): Promise<void>
}

/** The shortest lease: a heartbeat and its repetition must fit in. */
const LEAST_LEASE_MS = 100

/** An allocator over a store of leases. */
export class LeasedTaskNumbers implements TaskNumAllocator {
  readonly leaseMs: number
  readonly #store: LeaseStore
  /** What was given from here, by identity and instance: who had a number and lost it is told so once. */
  readonly #given = new Map<string, number>()

  /** @throws RangeError for a lease under 100 ms. */
  constructor(store: LeaseStore, leaseMs: number = DEFAULT_LEASE_MS) {
    if (!(leaseMs >= LEAST_LEASE_MS)) throw new RangeError(`a lease is ${LEAST_LEASE_MS} ms or more`)
    this.leaseMs = leaseMs
    this.#store = store
  }

  async notifyTaskIsAlive(task: TaskIdentity, instanceId: string, signal: AbortSignal): Promise<number> {
    const holder = { task, instanceId }
    const key = `${keyOf(task)}\n${instanceId}`
    const given = this.#given.get(key)
    if (given === undefined) {
      const number = await within(signal, this.#store.claim(holder, signal))
      this.#given.set(key, number)
      return number
    }
    if (await within(signal, this.#store.renew(holder, given, signal))) return given
    this.#given.delete(key)
    throw new NoTaskNumberError(`the lease of number ${given} has ended`)
  }

  async release(task: TaskIdentity, instanceId: string, signal: AbortSignal): Promise<void> {
    this.#given.delete(`${keyOf(task)}\n${instanceId}`)
    await within(signal, this.#store.release({ task, instanceId }, signal))
  }

  async close(): Promise<void> {
    await this.#store.close?.()
  }
}
