/** Garbage collections of this process, counted as they end. */
import { constants, PerformanceObserver } from 'node:perf_hooks'

/** Kinds of collections, in the words of V8. */
export const GC_KINDS = ['minor', 'major', 'incremental', 'weakcb'] as const
export type GcKind = (typeof GC_KINDS)[number]

/** Collections of one kind since the process is watched. */
export interface GcCount {
  readonly count: number
  /** Milliseconds in which nothing else ran. */
  readonly pause_ms: number
}

/** Counts collections until it is closed. */
export class GcWatch {
  readonly #observer: PerformanceObserver
  readonly #kinds: Record<GcKind, { count: number; pauseMs: number }>
  #longestMs = 0

  /** @param paused Called with each pause, soon after it ended. */
  constructor(paused: (kind: GcKind, ms: number) => void) {
    const none = GC_KINDS.map((kind) => [kind, { count: 0, pauseMs: 0 }])
    this.#kinds = Object.fromEntries(none) as Record<GcKind, { count: number; pauseMs: number }>
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { duration, detail } = entry as typeof entry & { detail?: { kind?: number } }
        // V8 knows kinds that Node has no name for: a minor collection that marks is one.
        const name = KIND_NAMES.get(detail?.kind ?? 0) ?? 'minor'
        const kind = this.#kinds[name]
        kind.count++
        kind.pauseMs += duration
        if (duration > this.#longestMs) this.#longestMs = duration
        paused(name, duration)
      }
    })
    this.#observer.observe({ type: 'gc' })
  }

  /** Totals of each kind. */
  counts(): Record<GcKind, GcCount> {
    const counts = GC_KINDS.map((kind) => {
      const { count, pauseMs } = this.#kinds[kind]
      return [kind, { count, pause_ms: round(pauseMs) }] as const
    })
    return Object.fromEntries(counts) as Record<GcKind, GcCount>
  }

  /** The longest pause since the last call, milliseconds; 0 for none. */
  takeLongest(): number {
    const longest = this.#longestMs
    this.#longestMs = 0
    return round(longest)
  }

  close(): void {
    this.#observer.disconnect()
  }
}

const KIND_NAMES: ReadonlyMap<number, GcKind> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
