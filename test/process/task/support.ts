/** A clock whose timers go off when a test lets time pass, and the least that a task needs around it. */
import {
  type Clock,
  type Flushable,
  State,
  type StateOptions,
  type TableRow,
  type TaskNumAllocator,
} from '../../../src/process/task/index.ts'
import type { Family } from '../../../src/prometheus/index.ts'
import { keptLog } from '../../support/log.ts'
import { TASK } from './places.ts'

export const MINUTE = 60_000

/** Lets everything that waits for no timer go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

class TaskClock implements Clock {
  #wall = 1_700_000_000_000
  #monotonic = 1000
  #asleep = 0
  readonly #timers = new Set<{ at: number; callback: () => void }>()

  now = (): number => this.#wall
  monotonic = (): number => this.#monotonic
  boottime = (): number => this.#monotonic + this.#asleep

  timer(ms: number, callback: () => void): () => void {
    const timer = { at: this.#monotonic + ms, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.size
  }

  async pass(ms: number): Promise<void> {
    const end = this.#monotonic + ms
    for (;;) {
      await settle()
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      this.#advance((next?.at ?? end) - this.#monotonic)
      if (next === undefined) break
      this.#timers.delete(next)
      next.callback()
    }
    await settle()
  }

  /** The wall clock is set. */
  jump(ms: number): void {
    this.#wall += ms
  }

  /** The machine sleeps. */
  sleep(ms: number): void {
    this.#asleep += ms
    this.#wall += ms
  }

  #advance(ms: number): void {
    if (ms <= 0) return
    this.#monotonic += ms
    this.#wall += ms
  }
}

/** One counter and one gauge. */
export class Numbers implements Flushable {
  counter = 0
  gauge = 0
  resets = 0
  switched: boolean[] = []

  families(): Family[] {
    return [
      { name: 'requests', type: 'counter', help: 'Requests.', points: [{ value: this.counter }] },
      { name: 'depth', type: 'gauge', help: 'Depth.', points: [{ value: this.gauge }] },
    ]
  }

  resetCumulative(): void {
    this.resets++
    this.counter = 0
  }

  table(): TableRow[] {
    return [
      { name: 'requests', cumulative: true, fields: {}, value: this.counter },
      { name: 'depth', cumulative: false, fields: {}, value: this.gauge, unit: 'By' },
    ]
  }

  setEnabled(enabled: boolean): void {
    this.switched.push(enabled)
    this.counter = 0
    this.gauge = 0
  }
}

/** Gives what it is told to, in this order; the last again and again. A function may answer late or never. */
export class Scripted implements TaskNumAllocator {
  readonly leaseMs: number
  readonly asked: { instanceId: string; hostName: string }[] = []
  readonly released: string[] = []
  next: (number | Error | (() => Promise<number>))[]

  constructor(next: Scripted['next'], leaseMs = 30 * MINUTE) {
    this.next = next
    this.leaseMs = leaseMs
  }

  async notifyTaskIsAlive({ hostName }: { hostName: string }, instanceId: string): Promise<number> {
    this.asked.push({ instanceId, hostName })
    const answer = this.next.length > 1 ? this.next.shift() : this.next[0]
    if (typeof answer === 'function') return answer()
    if (answer instanceof Error) throw answer
    return answer!
  }

  async release(_: object, instanceId: string): Promise<void> {
    this.released.push(instanceId)
  }
}

interface Sent {
  readonly families: readonly Family[]
  readonly labels: Readonly<Record<string, string>>
  readonly destination: readonly string[]
}

/** A task on a clock that stands still, enabled unless its settings say otherwise. It sends to `sent`, or fails while `broken` says so. */
export function task(options: Partial<StateOptions> = {}) {
  const clock = new TaskClock()
  const numbers = new Numbers()
  const log = keptLog()
  const sent: Sent[] = []
  const broken: { error: Error | undefined } = { error: undefined }
  const state = new State({
    target: TASK,
    instanceId: 'me',
    metrics: numbers,
    clock,
    log,
    settings: { enabled: true },
    async send(families, labels, _, destination) {
      if (broken.error !== undefined) throw broken.error
      sent.push({ families, labels, destination })
    },
    ...options,
  })
  const value = (name: string, at = -1) =>
    sent.at(at)?.families.find((family) => family.name === name)?.points[0]?.value
  return { state, clock, numbers, log, sent, broken, value }
}
