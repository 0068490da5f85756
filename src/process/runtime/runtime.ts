/** What Node tells of itself: memory, garbage collections, event loop, CPU, and what keeps the process alive. */
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'
import { type EventLoopSample, EventLoopWatch } from './eventloop.ts'
import { type GcCount, type GcKind, GcWatch } from './gc.ts'

/** Bytes. */
interface MemorySample {
  /** Of the whole process, as the system counts it. */
  readonly rss: number
  readonly heap_used: number
  readonly heap_total: number
  /** What the heap may grow to. */
  readonly heap_limit: number
  /** Of objects outside the heap that belong to ones in it, `array_buffers` among them. */
  readonly external: number
  readonly array_buffers: number
  /** What V8 itself took. */
  readonly malloced: number
}

/** One space of the heap, bytes. */
interface HeapSpaceSample {
  readonly size: number
  readonly used: number
  readonly available: number
}

/** CPU time of all threads. */
export interface CpuSample {
  /** Seconds since the process began. */
  readonly user_seconds: number
  readonly system_seconds: number
  /** Of one CPU, since the reading before; null at the first. */
  readonly user_percent: number | null
  readonly system_percent: number | null
}

/** One reading. */
export interface RuntimeSample {
  readonly memory: MemorySample
  /** By name: `new`, `old`, `code`, `large_object` …; read every tenth time. */
  readonly heap_spaces: Readonly<Record<string, HeapSpaceSample>>
  readonly gc: {
    readonly kinds: Readonly<Record<GcKind, GcCount>>
    /** The longest pause since the reading before, milliseconds. */
    readonly longest_ms: number
  }
  readonly event_loop: EventLoopSample
  readonly cpu: CpuSample
  /** Timers, sockets, files and the like that are open, by type; read every tenth time. */
  readonly active_resources: Readonly<Record<string, number>>
}

/** Heap spaces and resources are lists of objects, which grow with the sockets that are open. */
const SLOW_EVERY = 10

/** Reads this process until it is closed. Watching begins with the first reading. */
export class Runtime {
  #gc: GcWatch | undefined
  #eventLoop: EventLoopWatch | undefined
  #cpu: { usage: NodeJS.CpuUsage; atMs: number } | undefined
  #reads = 0
  #spaces: RuntimeSample['heap_spaces'] = {}
  #resources: RuntimeSample['active_resources'] = {}

  readonly #paused: (kind: GcKind, ms: number) => void

  /** @param paused Called with each pause of a garbage collection. */
  constructor(paused: (kind: GcKind, ms: number) => void = () => {}) {
    this.#paused = paused
  }

  /** @param fresh Whether rates begin anew. */
  read(fresh: boolean): RuntimeSample {
    this.#gc ??= new GcWatch(this.#paused)
    this.#eventLoop ??= new EventLoopWatch()
    if (this.#reads++ % SLOW_EVERY === 0) {
      this.#spaces = heapSpaces()
      this.#resources = countOf(process.getActiveResourcesInfo())
    }
    return {
      memory: readMemory(),
      heap_spaces: this.#spaces,
      gc: { kinds: this.#gc.counts(), longest_ms: this.#gc.takeLongest() },
      event_loop: this.#eventLoop.take(),
      cpu: this.#readCpu(fresh),
      active_resources: this.#resources,
    }
  }

  /** Whether the process had next to nothing to do since the last reading; false before the first. */
  get atRest(): boolean {
    return this.#eventLoop?.atRest ?? false
  }

  /** Ends watching. */
  close(): void {
    this.#gc?.close()
    this.#eventLoop?.close()
    this.#gc = undefined
    this.#eventLoop = undefined
  }

  #readCpu(fresh: boolean): CpuSample {
    const usage = process.cpuUsage()
    const atMs = performance.now()
    const before = fresh ? undefined : this.#cpu
    this.#cpu = { usage, atMs }
    const percent = (kind: 'user' | 'system') =>
      before === undefined || atMs <= before.atMs
        ? null
        : Math.round(((usage[kind] - before.usage[kind]) / (atMs - before.atMs)) * 10) / 100
    return {
      user_seconds: usage.user / 1e6,
      system_seconds: usage.system / 1e6,
      user_percent: percent('user'),
      system_percent: percent('system'),
    }
  }
}

function readMemory(): MemorySample {
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage()
  const { heap_size_limit, malloced_memory } = getHeapStatistics()
  return {
    rss,
    heap_used: heapUsed,
    heap_total: heapTotal,
    heap_limit: heap_size_limit,
    external,
    array_buffers: arrayBuffers,
    malloced: malloced_memory,
  }
}

function heapSpaces(): Record<string, HeapSpaceSample> {
  return Object.fromEntries(
    getHeapSpaceStatistics().map(({ space_name, space_size, space_used_size, space_available_size }) => [
      space_name.replace(/_space$/, ''),
      { size: space_size, used: space_used_size, available: space_available_size },
    ]),
  )
}

function countOf(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
