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

/** An allocator in memory. */
export function memoryTaskNumbers({ leaseMs, clock = SYSTEM_CLOCK }: MemoryTaskNumbersOptions = {}) {
  /** By identity: instance → its number and when its lease ends. */
  const tasks = new Map<string, Map<string, { number: number; endMs: number }>>()

  /** The leases that have not ended. */
  function live({ task }: Holder) {
    const key = keyOf(task)
    const leases = tasks.get(key) ?? new Map<string, { number: number; endMs: number }>()
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
        leases.set(holder.instanceId, { number, endMs: endMs() })
        return number
      },
      async renew(holder, number) {
        const lease = live(holder).get(holder.instanceId)
        if (lease?.number !== number) return false
        lease.endMs = endMs()
        return true
      },
      async release(holder) {
        live(holder).delete(holder.instanceId)
      },
    },
    leaseMs,
  )
  return numbers
}
