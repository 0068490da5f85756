/**
 * A sample from JSON: its own, or the original program's, whose present version writes `readBytes` where its
 * documentation says `read_bytes`, and leaves out what ours adds.
 */
import { MetricsError } from '../utils/index.ts'
import { diskKey } from './mounts.ts'
import { percentOf } from './rates.ts'
import {
  type Cgroup,
  CPU_MODES,
  type Cpu,
  type CpuModes,
  type Disk,
  type DiskIo,
  type Load,
  type Memory,
  type Network,
  type NetworkInterface,
  type Sensor,
  type Swap,
  type SystemInfoSample,
} from './sample.ts'

/**
 * Reads a sample. A part that is absent or cannot be read is null, the rest stands; throws `corrupt` for what has no
 * timestamp.
 */
export function parseSample(json: unknown): SystemInfoSample {
  const sample = new Fields(json, 'entry')
  return {
    timestamp: sample.number('timestamp'),
    cpu_average: readable(() => sample.maybe('cpu_average')),
    cpu: sample.part('cpu', parseCpuPart),
    load: sample.part(
      'load',
      (f): Load => ({ load1: f.number('load1'), load5: f.number('load5'), load15: f.number('load15') }),
    ),
    memory: sample.part('memory', parseMemoryPart),
    swap: sample.part('swap', parseSwap),
    disks: readable(() => byKey(sample.each('disks', parseDisk))),
    disks_io: readable(() => sample.each('disks_io', parseDiskIo)),
    network: sample.part('network', parseNetwork),
    sensors: readable(() => sample.list('sensors', parseSensor)),
    cgroup: sample.part(
      'cgroup',
      (f): Cgroup => ({
        memory_limit: f.maybe('memory_limit'),
        memory_used: f.maybe('memory_used'),
        cpu_limit: f.maybe('cpu_limit'),
      }),
    ),
  }
}

function readable<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}

function parseCpuPart(f: Fields): Cpu {
  const modes = (g: Fields) => Object.fromEntries(CPU_MODES.map((mode) => [mode, g.number(mode)])) as CpuModes
  const seconds = f.object('seconds', modes)
  if (seconds === null) throw f.wrong('seconds', 'an object')
  return { percent: f.object('percent', modes), seconds }
}

function parseMemoryPart(f: Fields): Memory {
  const total = f.number('total')
  const used = f.number('used')
  return {
    total,
    available: f.maybe('available') ?? total - used,
    used,
    free: f.maybe('free'),
    used_percent: f.maybe('used_percent') ?? percentOf(used, total) ?? 0,
  }
}

function parseSwap(f: Fields): Swap {
  return {
    total: f.number('total'),
    used: f.number('used'),
    free: f.number('free'),
    used_percent: f.maybe('used_percent'),
  }
}

function parseDisk(f: Fields): Disk {
  return {
    path: f.string('path'),
    fstype: f.string('fstype'),
    total: f.number('total'),
    free: f.number('free'),
    used: f.number('used'),
    used_percent: f.maybe('used_percent'),
    ...(f.get('stale') === true && { stale: true as const }),
  }
}

/** File systems under the names they have now: the original keeps one of all that are called `tmpfs`. */
function byKey(disks: Record<string, Disk> | null): Record<string, Disk> | null {
  if (disks === null) return null
  return Object.fromEntries(
    Object.entries(disks).map(([device, disk]) => [diskKey({ device, ...disk }), disk]),
  )
}

function parseDiskIo(f: Fields): DiskIo {
  return {
    name: f.string('name'),
    read_bytes: f.number('read_bytes', 'readBytes'),
    write_bytes: f.number('write_bytes', 'writeBytes'),
    read_count: f.number('read_count', 'readCount'),
    write_count: f.number('write_count', 'writeCount'),
    iops: f.maybe('iops'),
    read_speed: f.maybe('read_speed', 'readSpeed'),
    write_speed: f.maybe('write_speed', 'writeSpeed'),
  }
}

function parseNetwork(f: Fields): Network {
  const interfaces = f.each(
    'interfaces',
    (one): NetworkInterface => ({
      ...transfers(one),
      physical: one.get('physical') === true,
    }),
  )
  return { ...transfers(f), ...(interfaces && { interfaces }) }
}

function transfers(f: Fields) {
  return {
    bytes_sent: f.number('bytes_sent'),
    bytes_recv: f.number('bytes_recv'),
    upload_speed: f.maybe('upload_speed'),
    download_speed: f.maybe('download_speed'),
  }
}

function parseSensor(f: Fields): Sensor {
  return {
    name: f.string('name'),
    temperature: f.number('temperature'),
    high: f.maybe('high'),
    critical: f.maybe('critical'),
  }
}

/** The fields of a JSON object, and where it is, for the words of an error. */
class Fields {
  readonly #json: Record<string, unknown>
  readonly #where: string

  constructor(json: unknown, where: string) {
    this.#where = where
    if (typeof json !== 'object' || json === null || Array.isArray(json)) throw this.wrong('', 'an object')
    this.#json = json as Record<string, unknown>
  }

  /** The field under the first of these names that is there. */
  get(...names: string[]): unknown {
    for (const name of names) if (Object.hasOwn(this.#json, name)) return this.#json[name]
    return undefined
  }

  number(...names: string[]): number {
    const value = this.maybe(...names)
    if (value === null) throw this.wrong(names[0]!, 'a number')
    return value
  }

  maybe(...names: string[]): number | null {
    const value = this.get(...names) ?? null
    if (value !== null && !Number.isFinite(value)) throw this.wrong(names[0]!, 'a number')
    return value as number | null
  }

  string(...names: string[]): string {
    const value = this.get(...names)
    if (typeof value !== 'string') throw this.wrong(names[0]!, 'a string')
    return value
  }

  object<T>(name: string, parse: (fields: Fields) => T): T | null {
    const value = this.get(name) ?? null
    return value === null ? null : parse(new Fields(value, this.#path(name)))
  }

  /** The same, or null when it cannot be read. */
  part<T>(name: string, parse: (fields: Fields) => T): T | null {
    return readable(() => this.object(name, parse))
  }

  each<T>(name: string, parse: (fields: Fields) => T): Record<string, T> | null {
    const value = this.get(name) ?? null
    if (value === null) return null
    const all = new Fields(value, this.#path(name))
    return Object.fromEntries(
      Object.keys(value).map((key) => [key, parse(new Fields(all.get(key), all.#path(key)))]),
    )
  }

  list<T>(name: string, parse: (fields: Fields) => T): T[] | null {
    const value = this.get(name) ?? null
    if (value === null) return null
    if (!Array.isArray(value)) throw this.wrong(name, 'a list')
    return value.map((one, i) => parse(new Fields(one, this.#path(`${name}[${i}]`))))
  }

  wrong(name: string, expected: string): MetricsError {
    return new MetricsError('corrupt', `cannot read system_info: ${this.#path(name)} is not ${expected}`)
  }

  #path(name: string): string {
    return name === '' ? this.#where : `${this.#where}.${name}`
  }
}
