/** The object `memstats` of Go, filled with what V8 and the process tell. */
import { availableParallelism } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import type { GcPauses } from './gc.ts'

const NS_PER_S = 1e9

/**
 * Bytes are numbers, times nanoseconds, moments nanoseconds since 1970. Keys are in Go's order.
 *
 * Source: Go `runtime.MemStats`. 0, because V8 has no such figure: `Lookups Mallocs Frees HeapReleased HeapObjects
 * StackInuse StackSys MSpanInuse MSpanSys MCacheInuse MCacheSys BuckHashSys GCSys NumForcedGC`, and `TotalAlloc` where this
 * version of Node does not tell it. `OtherSys` is the memory outside the heap that objects hold, array buffers included.
 */
export function memstats(gc: GcPauses): Readonly<Record<string, unknown>> {
  const heap: ReturnType<typeof getHeapStatistics> & { total_allocated_bytes?: number } = getHeapStatistics()
  const { rss, external } = process.memoryUsage()
  const used = heap.used_heap_size
  return {
    Alloc: used,
    TotalAlloc: heap.total_allocated_bytes ?? 0,
    Sys: rss,
    Lookups: 0,
    Mallocs: 0,
    Frees: 0,
    HeapAlloc: used,
    HeapSys: heap.total_heap_size,
    HeapIdle: heap.total_heap_size - used,
    HeapInuse: used,
    HeapReleased: 0,
    HeapObjects: 0,
    StackInuse: 0,
    StackSys: 0,
    MSpanInuse: 0,
    MSpanSys: 0,
    MCacheInuse: 0,
    MCacheSys: 0,
    BuckHashSys: 0,
    GCSys: 0,
    OtherSys: external,
    NextGC: heap.heap_size_limit,
    LastGC: gc.lastEnd,
    PauseTotalNs: gc.totalNs,
    PauseNs: gc.pauseNs,
    PauseEnd: gc.pauseEnd,
    NumGC: gc.count,
    NumForcedGC: 0,
    GCCPUFraction: gc.totalNs / NS_PER_S / (availableParallelism() * process.uptime()),
    EnableGC: true,
    DebugGC: false,
    BySize: [],
  }
}
