/** What Node tells of itself: memory, garbage collections, event loop, CPU, and what keeps the process alive. */
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'
import { type EventLoopSample, EventLoopWatch } from './eventloop.ts'
import { GC_KINDS, type GcCount, type GcKind, GcWatch } from './gc.ts'

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

/** Garbage collections. */
interface GcSample {
  /** Since the process is watched. */
  readonly kinds: Readonly<Record<GcKind, GcCount>>
  /** The longest pause since the reading before, milliseconds. */
  readonly longest_ms: number
  /** Collections a second, and milliseconds of pauses a second, since the reading before; null at the first. */
  readonly rate: number | null
  readonly pause_rate_ms: number | null
}

/** CPU time of all threads. */
interface CpuSample {
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
  readonly gc: GcSample
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
  #last: { sample: RuntimeSample; usage: NodeJS.CpuUsage; atMs: number; atRest: boolean } | undefined
  #reads = 0
  #spaces: RuntimeSample['heap_spaces'] = {}
  #resources: RuntimeSample['active_resources'] = {}
  readonly #atRestMs: number
  readonly #paused: (kind: GcKind, ms: number) => void

  /**
   * @param atRestMs How long a reading is good for while the process is at rest: once a second each runs on cold caches and costs
   *   some tenths of a millisecond.
   * @param paused Called with each pause of a garbage collection.
   */
  constructor(atRestMs: number, paused: (kind: GcKind, ms: number) => void) {
    this.#atRestMs = atRestMs
    this.#paused = paused
  }

  /**
   * Reads, or gives the last reading again while the process is at rest.
   *
   * @param fresh Whether rates begin anew.
   */
  read(fresh: boolean): RuntimeSample {
    const atMs = performance.now()
    const last = fresh ? undefined : this.#last
    const { atRest } = this
    if (last?.atRest && atRest && atMs - last.atMs < this.#atRestMs) return last.sample
    this.#gc ??= new GcWatch(this.#paused)
    this.#eventLoop ??= new EventLoopWatch()
    if (this.#reads++ % SLOW_EVERY === 0) {
      this.#spaces = heapSpaces()
      this.#resources = countOf(process.getActiveResourcesInfo())
    }
    const usage = process.cpuUsage()
    const elapsedMs = last === undefined ? 0 : atMs - last.atMs
    const sample = {
      memory: readMemory(),
      heap_spaces: this.#spaces,
      gc: gcSample(this.#gc, last?.sample.gc, elapsedMs),
      event_loop: this.#eventLoop.take(),
      cpu: cpuSample(usage, last?.usage, elapsedMs),
      active_resources: this.#resources,
    }
    this.#last = { sample, usage, atMs, atRest }
    return sample
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
}

function gcSample(gc: GcWatch, before: GcSample | undefined, elapsedMs: number): GcSample {
  const kinds = gc.counts()
  const rate = (what: keyof GcCount) => {
    if (before === undefined || elapsedMs <= 0) return null
    const grown = GC_KINDS.reduce((sum, kind) => sum + kinds[kind][what] - before.kinds[kind][what], 0)
    return Math.round((grown / elapsedMs) * 1e6) / 1000
  }
  return { kinds, longest_ms: gc.takeLongest(), rate: rate('count'), pause_rate_ms: rate('pause_ms') }
}

function cpuSample(
  usage: NodeJS.CpuUsage,
  before: NodeJS.CpuUsage | undefined,
  elapsedMs: number,
): CpuSample {
  const percent = (kind: 'user' | 'system') =>
    before === undefined || elapsedMs <= 0
      ? null
      : Math.round(((usage[kind] - before[kind]) / elapsedMs) * 10) / 100
  return {
    user_seconds: usage.user / 1e6,
    system_seconds: usage.system / 1e6,
    user_percent: percent('user'),
    system_percent: percent('system'),
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
