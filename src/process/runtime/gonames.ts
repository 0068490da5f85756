/**
 * Names that dashboards of Go programs know; only those that Node has a true counterpart of. They are for what flushes go to: Prometheus has
 * those of Node. Source: luci-go `common/tsmon/runtimestats`.
 */
import type { Registry } from '../metrics/registry.ts'
import { growing, type Report } from './growing.ts'

/** Declares them. */
export function goMetrics(registry: Registry): Report {
  const bytes = (name: string, description: string) =>
    registry.gauge(`/go/mem/${name}`, { unit: 'By', scraped: false, description })
  const alloc = bytes('alloc', 'Heap in use.')
  const heapSys = bytes('heap_sys', 'Size of the heap.')
  const heapIdle = bytes('heap_idle', 'What of the heap is free.')
  const heapInUse = bytes('heap_in_use', 'What of the heap is in use.')
  const nextGc = registry.gauge('/go/mem/next_gc', {
    scraped: false,
    description: 'What the heap may grow to.',
  })
  const collections = registry.counter('/go/mem/num_gc', {
    scraped: false,
    description: 'Garbage collections.',
  })
  const pauseTotal = registry.counter('/go/mem/pause_total', {
    scraped: false,
    description: 'Microseconds in which garbage collections let nothing else run.',
  })
  const goroutines = registry.gauge('/go/goroutine/num', {
    scraped: false,
    description: 'What keeps the process alive.',
  })
  const counted = growing((amount) => collections.add(amount))
  const paused = growing((amount) => pauseTotal.add(amount))
  return ({ memory, gc, active_resources }) => {
    alloc.set(memory.heap_used)
    heapSys.set(memory.heap_total)
    heapIdle.set(memory.heap_total - memory.heap_used)
    heapInUse.set(memory.heap_used)
    nextGc.set(memory.heap_limit)
    const kinds = Object.values(gc.kinds)
    counted(kinds.reduce((sum, { count }) => sum + count, 0))
    paused(Math.floor(kinds.reduce((sum, { pause_ms }) => sum + pause_ms, 0) * 1000))
    goroutines.set(Object.values(active_resources).reduce((sum, count) => sum + count, 0))
  }
}
