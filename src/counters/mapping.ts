/**
 * Files as memory: the one place that knows `koffi`, which calls the C library without a compiler at install.
 *
 * Loaded at first use, and optional: without it counters files can still be read, only not written. A mapping's
 * `buffer` must not be touched after `close` (the memory is gone, and the process with it), so it never leaves this
 * folder: a counter drops its views when it closes.
 */
import { createRequire } from 'node:module'
import { getSystemErrorName } from 'node:util'
import { MetricsError, messageOf } from '../utils/index.ts'
import { type Guard, guardRange, installGuard } from './guard.ts'
import type { Libc } from './libc.ts'

const PROT_READ = 1
const PROT_WRITE = 2
const MAP_SHARED = 1
const LOCK_EXCLUSIVE_NOW = 2 | 4
const MAP_FAILED = 0xffff_ffff_ffff_ffffn

interface Native {
  readonly libc?: Libc
  readonly guard?: Guard | undefined
  readonly missing?: string
}

/** What was found at first use; a thread has one C library. */
const found: { native?: Native } = {}

function native(): Native {
  found.native ??= loadNative()
  return found.native
}

function loadNative(): Native {
  if (process.platform === 'win32') return { missing: 'memory-mapped counters need Linux or macOS' }
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi')
    const library = koffi.load(null)
    const mmap = library.func('void* mmap(void*, size_t, int, int, int, int64_t)')
    const libc: Libc = {
      mmap: (...call) => {
        const address = BigInt.asUintN(64, BigInt(mmap(...call)))
        return address === MAP_FAILED ? undefined : address
      },
      munmap: library.func('int munmap(void*, size_t)'),
      mprotect: library.func('int mprotect(void*, size_t, int)'),
      getpagesize: library.func('int getpagesize()'),
      flock: library.func('int flock(int, int)'),
      sigaction: library.func('int sigaction(int, void*, void*)'),
      view: (address, length) => koffi.view(address, length),
      errno: () => getSystemErrorName(-koffi.errno()),
    }
    return { libc, guard: installGuard(libc) }
  } catch (cause) {
    return { missing: `the optional dependency koffi does not load: ${messageOf(cause)}` }
  }
}

/** Why files cannot be mapped here; undefined when they can. */
export function mappingMissing(): string | undefined {
  return native().missing
}

/** Whether a file that is cut while mapped is survived here. See `guard.ts`. */
export function mappingGuarded(): boolean {
  return native().guard !== undefined
}

/** A file's bytes as memory that all its processes share. */
export interface Mapping {
  readonly buffer: ArrayBuffer
  /** Whether the file was cut under the mapping: what it shows is no longer the file. */
  readonly cut: boolean
  /** Takes the memory away; a second call does nothing. */
  close(): void
}

/**
 * Maps the first `length` bytes of an open file. The descriptor may be closed afterwards.
 *
 * @throws MetricsError `unavailable` where mapping is not possible; with `guardedOnly` also where a cut would kill. `full`
 *   where as many are mapped as can be guarded.
 */
export function mapFile(
  fd: number,
  length: number,
  options: { writable: boolean; guardedOnly: boolean },
): Mapping {
  const { libc, guard, missing } = native()
  if (libc === undefined) throw new MetricsError('unavailable', `cannot map a file: ${missing}`)
  const protection = options.writable ? PROT_READ | PROT_WRITE : PROT_READ
  const address = libc.mmap(null, length, protection, MAP_SHARED, fd, 0)
  if (address === undefined) throw new MetricsError('unavailable', `cannot map a file: ${libc.errno()}`)
  const range = guard && guardRange(guard, address, length, options.writable)
  if (range === undefined && (guard !== undefined || options.guardedOnly)) {
    libc.munmap(address, length)
    if (guard !== undefined)
      throw new MetricsError('full', 'cannot map a file: as many as can be are mapped in this process')
    throw new MetricsError('unavailable', 'cannot map a file: a cut of it could not be survived')
  }
  let open = true
  return {
    buffer: libc.view(address, length),
    get cut() {
      return range?.faulted ?? false
    },
    close() {
      if (!open) return
      open = false
      range?.release()
      libc.munmap(address, length)
    },
  }
}

/** Takes the exclusive lock of an open file, freed when it is closed. False when another has it. */
export function tryLockFile(fd: number): boolean {
  return native().libc?.flock(fd, LOCK_EXCLUSIVE_NOW) === 0
}
