/** The rules of leases, the same for all allocators, over the three things that a store must be able to do at one stroke. */
import { randomUUID } from 'node:crypto'
import { keyOf, type TaskIdentity } from '../target.ts'
import { within } from '../within.ts'
import { DEFAULT_LEASE_MS, NoTaskNumberError, type TaskNumAllocator } from './allocator.ts'

/** Whose lease: an instance of an identity. */
export interface Holder {
  readonly task: TaskIdentity
  readonly instanceId: string
  /**
   * By which of its claims: no two are alike. A release that comes late, of an instance that was started anew under its id meanwhile, or was
   * switched on again, must not end the lease that it has by now.
   */
  readonly claim: string
}

/** What an instance claimed from here. */
interface Claim {
  readonly holder: Holder
  /** Undefined while no answer has come. */
  number: number | undefined
}

/** Keeps leases on a clock of its own, never on that of a holder. Each of its calls happens wholly or not at all, beside those of all processes. */
export interface LeaseStore {
  /** The number that the instance has already, with a new lease, else the smallest free one; it is of this claim from then on. */
  claim(holder: Holder, signal: AbortSignal): Promise<number>
  /**
   * Lengthens a lease that has not ended, by whichever claim; false when it has, or when another instance has the number.
   *
   * @throws NoTaskNumberError where more is known of how it was lost.
   */
  renew(holder: Holder, number: number, signal: AbortSignal): Promise<boolean>
  /** Ends the lease, if there is one by this claim. */
  release(holder: Holder, signal: AbortSignal): Promise<void>
  close?(): Promise<void>
}

/** The shortest lease: a heartbeat and its repetition must fit in. */
const LEAST_LEASE_MS = 100

/** An allocator over a store of leases. */
export class LeasedTaskNumbers implements TaskNumAllocator {
  readonly leaseMs: number
  readonly #store: LeaseStore
  /** By identity and instance: who had a number and lost it is told so once. */
  readonly #claims = new Map<string, Claim>()

  /** @throws RangeError for a lease under 100 ms. */
  constructor(store: LeaseStore, leaseMs: number = DEFAULT_LEASE_MS) {
    if (!(leaseMs >= LEAST_LEASE_MS)) throw new RangeError(`a lease is ${LEAST_LEASE_MS} ms or more`)
    this.leaseMs = leaseMs
    this.#store = store
  }

  async notifyTaskIsAlive(task: TaskIdentity, instanceId: string, signal: AbortSignal): Promise<number> {
    const key = keyOfInstance(task, instanceId)
    const claim = this.#claims.get(key) ?? {
      holder: { task, instanceId, claim: randomUUID() },
      number: undefined,
    }
    this.#claims.set(key, claim)
    const { holder, number } = claim
    if (number === undefined) {
      claim.number = await within(signal, this.#store.claim(holder, signal))
      return claim.number
    }
    try {
      if (await within(signal, this.#store.renew(holder, number, signal))) return number
      throw new NoTaskNumberError(`the lease of number ${number} has ended`)
    } catch (error) {
      if (error instanceof NoTaskNumberError) this.#claims.delete(key)
      throw error
    }
  }

  async release(task: TaskIdentity, instanceId: string, signal: AbortSignal): Promise<void> {
    const key = keyOfInstance(task, instanceId)
    const claim = this.#claims.get(key)
    // Also one whose answer has not come: what nobody waited for may have been given.
    if (claim === undefined) return
    this.#claims.delete(key)
    await within(signal, this.#store.release(claim.holder, signal))
  }

  async close(): Promise<void> {
    await this.#store.close?.()
  }
}

function keyOfInstance(task: TaskIdentity, instanceId: string): string {
  return `${keyOf(task)}\n${instanceId}`
}
