/**
 * What of a machine does not change while it runs. Looked up once: the library behind it starts short programs, which
 * must never happen once a second.
 */
import { readFile } from 'node:fs/promises'
import { arch, availableParallelism, hostname, release } from 'node:os'
import type { Roots } from './roots.ts'

/** The facts of a machine. */
export interface Host {
  hostname: string
  /** As the system calls itself: `Debian GNU/Linux 12 (bookworm)`. */
  os: string
  kernel: string
  arch: string
  cpu_model: string
  /** CPUs the scheduler sees. */
  cores: number
  physical_cores: number
  /** What the machine runs in (`KVM`, `VMware`, …); null on bare metal, or where it does not show. */
  virtualization: string | null
}

/** Asks the system once. A host whose root is mounted elsewhere is named by its own files. */
export async function readHost(roots: Roots): Promise<Host> {
  // By its default export: a bundled CommonJS package has no other.
  const { cpu, osInfo, system } = (await import('systeminformation')).default
  const [osFacts, cpuFacts, machine] = await Promise.all([osInfo(), cpu(), system()])
  const foreign = roots.root === '' ? undefined : await readForeign(roots.root)
  return {
    hostname: foreign?.hostname ?? hostname(),
    os: foreign?.os ?? [osFacts.distro, osFacts.release].filter(Boolean).join(' '),
    kernel: osFacts.kernel || release(),
    arch: osFacts.arch || arch(),
    cpu_model: [cpuFacts.manufacturer, cpuFacts.brand].filter(Boolean).join(' '),
    cores: cpuFacts.cores || availableParallelism(),
    physical_cores: cpuFacts.physicalCores || cpuFacts.cores || availableParallelism(),
    virtualization: machine.virtual ? machine.virtualHost || 'unknown' : null,
  }
}

/** The name of a system in its `os-release` file. Source: os-release(5). */
export function parseOsRelease(text: string): string | undefined {
  const value = /^PRETTY_NAME=(.*)$/m.exec(text)?.[1]?.trim()
  return value?.replace(/^(["'])(.*)\1$/, '$2') || undefined
}

async function readForeign(root: string): Promise<{ hostname: string | undefined; os: string | undefined }> {
  const text = (path: string) => readFile(root + path, 'utf8').catch(() => '')
  const release = (await text('/etc/os-release')) || (await text('/usr/lib/os-release'))
  return { hostname: (await text('/etc/hostname')).trim() || undefined, os: parseOsRelease(release) }
}
