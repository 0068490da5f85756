/**
 * Limits of the cgroup this process runs in: what a container may use, beside what its host has.
 *
 * A limit may be set on any group between the own one and the root, and the tightest holds. In a container the path in
 * `/proc/self/cgroup` may be one of the host's, which is not mounted here: then the mounted root is the own group.
 * Source: cgroups(7) and the kernel's Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { KeptFile, ReadBuffer } from './files.ts'
import type { Cgroup } from './sample.ts'

/** How often limits are looked up; they change by hand only. */
export const CGROUP_INTERVAL_MS = 60_000
/** Version 1 writes "no limit" as the largest page-aligned 63-bit number, 9223372036854771712. */
const NO_LIMIT_V1 = 2 ** 62

/** Path of the own group per controller; version 2 is named ''. */
export function parseCgroups(text: string): Map<string, string> {
  const paths = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, id, controllers, path] = /^(\d+):([^:]*):(.+)$/.exec(line) ?? []
    if (id === undefined || path === undefined) continue
    for (const controller of controllers!.split(',')) paths.set(controller, path)
  }
  return paths
}

/** Bytes of `memory.max` or `memory.limit_in_bytes`; null for none. */
export function parseMemoryLimit(text: string): number | null {
  const bytes = Number.parseInt(text, 10)
  return Number.isFinite(bytes) && bytes < NO_LIMIT_V1 ? bytes : null
}

/** CPUs of `cpu.max`: quota and period in µs, or `max`; null for none. */
export function parseCpuMax(text: string): number | null {
  const [quota, period] = text.trim().split(' ').map(Number)
  return quota !== undefined && quota > 0 && period !== undefined && period > 0 ? quota / period : null
}

/** Reads the limits now and then, and the memory in use each time. */
export class CgroupReader {
  readonly #proc: string
  readonly #sys: string
  readonly #clock: () => number
  readonly #buffer: ReadBuffer
  #limits: Pick<Cgroup, 'memory_limit' | 'cpu_limit'> | null = null
  #used: KeptFile | undefined
  #usedPath = ''
  #readAt = Number.NEGATIVE_INFINITY

  constructor(proc: string, sys: string, clock: () => number, buffer = new ReadBuffer()) {
    this.#buffer = buffer
    this.#proc = proc
    this.#sys = sys
    this.#clock = clock
  }

  /** Null where nothing is limited. */
  read(): Cgroup | null {
    if (this.#clock() - this.#readAt >= CGROUP_INTERVAL_MS) this.#readLimits()
    if (this.#limits === null) return null
    const used = this.#used === undefined ? Number.NaN : Number.parseInt(this.#used.read(), 10)
    return { ...this.#limits, memory_used: Number.isFinite(used) ? used : null }
  }

  close(): void {
    this.#used?.close()
  }

  #readLimits(): void {
    const paths = parseCgroups(text(`${this.#proc}/self/cgroup`))
    const memory = tightest(groups(this.#sys, paths, 'memory'), ({ folder, v1 }) =>
      parseMemoryLimit(text(`${folder}/${v1 ? 'memory.limit_in_bytes' : 'memory.max'}`)),
    )
    const cpu = tightest(groups(this.#sys, paths, 'cpu'), ({ folder, v1 }) =>
      parseCpuMax(
        v1
          ? `${text(`${folder}/cpu.cfs_quota_us`)} ${text(`${folder}/cpu.cfs_period_us`)}`
          : text(`${folder}/cpu.max`),
      ),
    )
    const usedPath = memory
      ? `${memory.folder}/${memory.v1 ? 'memory.usage_in_bytes' : 'memory.current'}`
      : ''
    if (usedPath !== this.#usedPath) {
      this.#used?.close()
      this.#used = usedPath === '' ? undefined : new KeptFile(usedPath, this.#buffer)
      this.#usedPath = usedPath
    }
    const found = memory !== undefined || cpu !== undefined
    this.#limits = found ? { memory_limit: memory?.limit ?? null, cpu_limit: cpu?.limit ?? null } : null
    this.#readAt = this.#clock()
  }
}

interface Group {
  readonly folder: string
  readonly v1: boolean
}

/** The own group of a controller and all above it. */
function groups(sys: string, paths: ReadonlyMap<string, string>, controller: string): Group[] {
  const own = paths.get(controller)
  const v1 = own !== undefined
  const path = own ?? paths.get('')
  if (path === undefined) return []
  const root = v1 ? `${sys}/fs/cgroup/${controller}` : `${sys}/fs/cgroup`
  const all: Group[] = [{ folder: root, v1 }]
  if (!existsSync(root + path)) return all
  for (let at = path; at !== '/' && at !== '.'; at = dirname(at)) all.push({ folder: root + at, v1 })
  return all
}

function tightest(all: readonly Group[], limitOf: (group: Group) => number | null) {
  let found: (Group & { limit: number }) | undefined
  for (const group of all) {
    const limit = limitOf(group)
    if (limit !== null && (found === undefined || limit < found.limit)) found = { ...group, limit }
  }
  return found
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
