/**
 * Task numbers of the processes of one machine, in a folder of theirs. Not for network file systems.
 *
 * Each identity has a folder with a chain (`chain.ts`), whose text is the list of all leases. Leases are counted on the kernel's
 * monotonic clock, which all processes of a machine share: no step of the wall clock ends one. A lease also ends with its process,
 * where that can be seen (`owner.ts`), so the number of one that was killed is free at once.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MetricsError } from '../../../utils/index.ts'
import { keyOf, type TargetJson, targetJson } from '../target.ts'
import {
  DEFAULT_LEASE_MS,
  NoTaskNumberError,
  smallestFree,
  type TaskNumAllocator,
  withinLimit,
} from './allocator.ts'
import { Chain, type Link } from './chain.ts'
import { makeTasksFolder, tasksFolder } from './folder.ts'
import { type Holder, LeasedTaskNumbers } from './leased.ts'
import { hasEnded, isSame, type Owner, thisProcess } from './owner.ts'

/** Options of `fileTaskNumbers`. */
export interface FileTaskNumbersOptions {
  /** The folder; made when a number is asked for. All processes of one job use the same one. @default one for all programs of this user */
  readonly dir?: string | undefined
  /** @default 30 minutes */
  readonly leaseMs?: number | undefined
}

/** A lease as it stands in the file. */
interface FileLease {
  readonly number: number
  readonly instance: string
  /** Of `Holder`. Not there in one that an older version wrote: no release ends that. */
  readonly claim?: string
  readonly owner: Owner
  /** Milliseconds on the monotonic clock of `owner.boot`. */
  readonly renewed_ms: number
  readonly lease_ms: number
}

/** All leases of an identity. */
interface Leases {
  readonly version: 1
  readonly target: TargetJson
  readonly leases: readonly FileLease[]
}

/** What a change makes of the leases, and what it answers. Without `leases` nothing is written. */
interface Change<T> {
  readonly leases?: readonly FileLease[]
  readonly answer: T
}

/** Waits before a change is tried again when another process was faster; a random part of it. */
const RETRY_MS = 10

/** An allocator in a folder. */
export function fileTaskNumbers({
  dir: given,
  leaseMs = DEFAULT_LEASE_MS,
}: FileTaskNumbersOptions = {}): TaskNumAllocator {
  const dir = given ?? tasksFolder()
  const self = thisProcess()

  async function change<T>(
    { task }: Holder,
    signal: AbortSignal,
    decide: (leases: readonly FileLease[], now: number, link: Link) => Change<T>,
  ): Promise<T> {
    if (given === undefined) makeTasksFolder(dir)
    const folder = createHash('sha256').update(keyOf(task)).digest('hex').slice(0, 32)
    const chain = new Chain(join(dir, folder))
    for (;;) {
      const link = await chain.last()
      // Behind the read: no lease in it was renewed later than now. One that is renewed from now on makes this change fail.
      const { leases, answer } = decide(parse(link.text, chain), monotonicMs(), link)
      if (leases === undefined) return answer
      signal.throwIfAborted()
      const text: Leases = { version: 1, target: targetJson(task), leases }
      if (await chain.put(link, `${JSON.stringify(text)}\n`)) return answer
      await sleep(Math.random() * RETRY_MS, undefined, { signal })
    }
  }

  return new LeasedTaskNumbers(
    {
      claim: (holder, signal) =>
        change(holder, signal, (leases, now) => {
          const others = leases.filter((lease) => isLive(lease, self, now) && !replaces(holder, lease, self))
          const own = leases.find((lease) => holds(holder, lease) && isWithin(lease, now))
          const number = own?.number ?? withinLimit(smallestFree(others.map((lease) => lease.number)))
          const lease = {
            number,
            instance: holder.instanceId,
            claim: holder.claim,
            owner: self,
            renewed_ms: now,
            lease_ms: leaseMs,
          }
          return { leases: [...others, lease].sort((a, b) => a.number - b.number), answer: number }
        }),
      renew: (holder, number, signal) =>
        change(holder, signal, (leases, now, { text }) => {
          if (text === undefined)
            throw new NoTaskNumberError(`the folder of number ${number}'s lease was removed, below ${dir}`)
          const own = leases.find((lease) => lease.number === number && holds(holder, lease))
          if (own === undefined || !isSame(own.owner, self) || !isWithin(own, now)) return { answer: false }
          const renewed = { ...own, renewed_ms: now, lease_ms: leaseMs }
          return { leases: leases.map((lease) => (lease === own ? renewed : lease)), answer: true }
        }),
      release: (holder, signal) =>
        change<void>(holder, signal, (leases) => {
          const others = leases.filter((lease) => !(holds(holder, lease) && lease.claim === holder.claim))
          return others.length === leases.length
            ? { answer: undefined }
            : { leases: others, answer: undefined }
        }),
    },
    leaseMs,
  )
}

function holds({ instanceId }: Holder, lease: FileLease): boolean {
  return lease.instance === instanceId
}

/**
 * Whether this claim takes the place of that lease: of the same instance, before it was started anew.
 *
 * @throws MetricsError `conflict` when another process of this machine lives under the same id.
 */
function replaces(holder: Holder, lease: FileLease, self: Owner): boolean {
  if (!holds(holder, lease)) return false
  if (
    !isSame(lease.owner, self) &&
    lease.owner.pid_namespace === self.pid_namespace &&
    !hasEnded(lease.owner, self)
  ) {
    const reason = `process ${lease.owner.pid} uses the instance id ${JSON.stringify(holder.instanceId)}`
    throw new MetricsError('conflict', `cannot take a task number: ${reason}: each instance needs its own`)
  }
  return true
}

function isLive(lease: FileLease, self: Owner, now: number): boolean {
  return isWithin(lease, now) && !hasEnded(lease.owner, self)
}

/** Whether a lease runs. One that seems to begin later than now is of a boot before this one. */
function isWithin({ renewed_ms, lease_ms }: FileLease, now: number): boolean {
  return now >= renewed_ms - CLOCK_ROUNDING_MS && now <= renewed_ms + lease_ms
}

/** Two processors' clocks may differ by so much. */
const CLOCK_ROUNDING_MS = 1

/** Source: clock_gettime(2), CLOCK_MONOTONIC, the same in all processes; it stands still while the machine sleeps, as they do. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000
}

/** A file of nothing, as a power cut leaves it, holds no lease: the processes that had some are gone as well. */
function parse(text: string | undefined, chain: Chain): readonly FileLease[] {
  if (text === undefined || /^[\0\s]*$/.test(text)) return []
  const leases = leasesOf(text)
  if (leases !== undefined) return leases
  throw new MetricsError(
    'corrupt',
    `cannot read task numbers in ${chain.dir}: remove the folder when nothing runs that uses it`,
  )
}

function leasesOf(text: string): readonly FileLease[] | undefined {
  try {
    const { version, leases } = JSON.parse(text) as Partial<Leases>
    return version === 1 && Array.isArray(leases) && leases.every(isLease) ? leases : undefined
  } catch {
    return undefined
  }
}

function isLease(value: unknown): value is FileLease {
  const lease = value as Partial<FileLease> | null
  return (
    Number.isInteger(lease?.number) &&
    typeof lease?.instance === 'string' &&
    Number.isInteger(lease.owner?.pid) &&
    typeof lease.renewed_ms === 'number' &&
    typeof lease.lease_ms === 'number'
  )
}
