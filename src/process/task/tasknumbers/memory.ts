/** Task numbers of instances within one process: for tests, and for programs that run several tasks in one. */
import type { Clock } from '../clock.ts'
import { SYSTEM_CLOCK } from '../clock.ts'
import { keyOf } from '../target.ts'
import { smallestFree, withinLimit } from './allocator.ts'
import { type Holder, LeasedTaskNumbers } from './leased.ts'

/** Options of `memoryTaskNumbers`. */
export interface MemoryTaskNumbersOptions {
  /** @default 30 minutes */
  readonly leaseMs?: number | undefined
  /** @default this machine's */
  readonly clock?: Pick<Clock, 'boottime'> | undefined
}

/** A number, by which claim it is held, and when its lease ends. */
interface Lease {
  readonly number: number
  readonly claim: string
  endMs: number
}

/** An allocator in memory. */
export function memoryTaskNumbers({ leaseMs, clock = SYSTEM_CLOCK }: MemoryTaskNumbersOptions = {}) {
  /** By identity: instance → its lease. */
  const tasks = new Map<string, Map<string, Lease>>()

  /** The leases that have not ended. */
  function live({ task }: Holder) {
    const key = keyOf(task)
    const leases = tasks.get(key) ?? new Map<string, Lease>()
    tasks.set(key, leases)
    for (const [instance, { endMs }] of leases) if (clock.boottime() > endMs) leases.delete(instance)
    return leases
  }
  const endMs = () => clock.boottime() + numbers.leaseMs

  const numbers = new LeasedTaskNumbers(
    {
      async claim(holder) {
        const leases = live(holder)
        const lease = leases.get(holder.instanceId)
        const used = [...leases.values()].map(({ number }) => number)
        const number = lease?.number ?? withinLimit(smallestFree(used))
        leases.set(holder.instanceId, { number, endMs: endMs(), claim: holder.claim })
        return number
      },
      async renew(holder, number) {
        const lease = live(holder).get(holder.instanceId)
        if (lease?.number !== number) return false
        lease.endMs = endMs()
        return true
      },
      async release(holder) {
        const leases = live(holder)
        if (leases.get(holder.instanceId)?.claim === holder.claim) leases.delete(holder.instanceId)
      },
    },
    leaseMs,
  )
  return numbers
}
