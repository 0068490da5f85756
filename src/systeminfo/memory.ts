/** Main memory and swap from `/proc/meminfo`. */
import { percentOf } from './rates.ts'
import type { Memory, Swap } from './sample.ts'

/** Source: proc_meminfo(5), the unit kB is 1024 bytes. */
const KIB = 1024
/** Spaces and digits after a key at most. */
const NUMBER_WIDTH = 32

/**
 * Memory and swap in bytes. Kernels before 3.14 lack `MemAvailable`: then free + buffers + cache stands for it.
 * Throws if there is no `MemTotal`.
 *
 * Differs from GoDoxy: `used` is total − available, as `free` of procps 4 prints it; total − free − buffers − cached
 * counts shared memory as free and reclaimable slabs as used.
 */
export function parseMemory(text: string): { memory: Memory; swap: Swap } {
  const total = bytesOf(text, 'MemTotal:')
  if (total === undefined || total === 0) throw new Error('the file meminfo has no MemTotal')
  const free = bytesOf(text, 'MemFree:') ?? 0
  const available =
    bytesOf(text, 'MemAvailable:') ??
    free + (bytesOf(text, 'Buffers:') ?? 0) + (bytesOf(text, '\nCached:') ?? 0)
  const used = Math.max(0, total - available)
  const swapTotal = bytesOf(text, 'SwapTotal:') ?? 0
  const swapFree = bytesOf(text, 'SwapFree:') ?? 0
  const swapUsed = Math.max(0, swapTotal - swapFree)
  return {
    memory: { total, available, used, free, used_percent: percentOf(used, total)! },
    swap: { total: swapTotal, used: swapUsed, free: swapFree, used_percent: percentOf(swapUsed, swapTotal) },
  }
}

function bytesOf(text: string, key: string): number | undefined {
  const at = text.indexOf(key)
  if (at === -1) return undefined
  const from = at + key.length
  const value = Number.parseInt(text.slice(from, from + NUMBER_WIDTH), 10)
  return Number.isNaN(value) ? undefined : value * KIB
}
