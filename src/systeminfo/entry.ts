/**
 * What a slot of a ring holds of a machine's samples: the newest as it is, and the statistics of all. On disk it is the
 * newest sample, in the original's keys, with two keys more, so that a file reads as the original's do.
 */
import { ColumnBuilder, type Columns, isStat, type Stat, Statistics } from '../period/index.ts'
import { MetricsError } from '../utils/index.ts'
import { putMeasures } from './aggregate.ts'
import { parseSample } from './decode.ts'
import type { Network, SystemInfoEntry, SystemInfoSample } from './sample.ts'

/** Keys of the newest sample that are kept on disk. Source: GoDoxy's `system_info.json`. */
const STORED = ['timestamp', 'cpu_average', 'memory', 'disks', 'disks_io', 'network', 'sensors'] as const

/** What a sample gives to the statistics of a slot; NaN where it has no value. */
interface Measures {
  readonly sample: SystemInfoSample
  readonly columns: Columns
  readonly values: readonly number[]
}

/**
 * Makes entries of one machine, which share the names of their numbers. A sample is folded into every ring, so its
 * values are worked out once and kept until another comes.
 */
export class Entries {
  readonly #builder = new ColumnBuilder()
  #known: Measures | undefined

  /** Folds a sample into its slot's entry. */
  reduce(entry: SystemInfoEntry | undefined, sample: SystemInfoSample): SystemInfoEntry {
    if (this.#known?.sample !== sample) this.#known = this.#measure(sample)
    const { columns, values } = this.#known
    const into = entry ?? {
      timestamp: sample.timestamp,
      samples: 0,
      last: sample,
      stats: new Statistics(columns),
    }
    into.stats.fold(columns, values)
    into.samples += 1
    if (sample.timestamp >= into.timestamp) {
      into.timestamp = sample.timestamp
      into.last = sample
    }
    return into
  }

  /**
   * An entry from its JSON, or from that of the original program, which is one sample. Throws `corrupt` for what is no
   * object with a time. Statistics that are missing or wrong are those of the sample alone.
   */
  decode(json: unknown): SystemInfoEntry {
    const timestamp = (json as { timestamp?: unknown } | null)?.timestamp
    if (typeof json !== 'object' || typeof timestamp !== 'number' || !Number.isFinite(timestamp)) {
      throw new MetricsError('corrupt', 'cannot read system_info: the entry is no object with a timestamp')
    }
    const last = parseSample(json)
    const { samples, stats: written } = json as { samples?: unknown; stats?: unknown }
    const stored = storedStats(written)
    const names: [aggregate: string, key: string][] = []
    const values: number[] = []
    putMeasures(last, (aggregate, key, value) => {
      if (stored.has(aggregate)) return
      names.push([aggregate, key])
      values.push(value ?? Number.NaN)
    })
    for (const [aggregate, stats] of stored) for (const [key] of stats) names.push([aggregate, key])
    for (const [aggregate, key] of names) this.#builder.put(aggregate, key)
    const columns = this.#builder.finish()
    const statistics = new Statistics(columns)
    statistics.fold(columns, values)
    let place = values.length
    for (const stats of stored.values()) for (const [, stat] of stats) statistics.set(place++, stat)
    const count = Number.isSafeInteger(samples) && (samples as number) > 0 ? (samples as number) : 1
    return { timestamp: last.timestamp, samples: count, last, stats: statistics }
  }

  #measure(sample: SystemInfoSample): Measures {
    const values: number[] = []
    putMeasures(sample, (aggregate, key, value) => {
      this.#builder.put(aggregate, key)
      values.push(value ?? Number.NaN)
    })
    return { sample, columns: this.#builder.finish(), values }
  }
}

/** What of a sample its statistics are made of: not each interface, nor what grows in each mode of the CPU. */
export function journaled(sample: SystemInfoSample): unknown {
  // Key by key: objects made by rest and spread are slow ones, twice as dear as all else in here.
  const { timestamp, cpu_average, cpu, load, memory, swap, disks, disks_io, network, sensors } = sample
  return {
    timestamp,
    cpu_average,
    cpu: cpu && { percent: cpu.percent },
    load,
    memory,
    swap,
    disks,
    disks_io,
    network: network && withoutInterfaces(network),
    sensors,
  }
}

function withoutInterfaces(network: Network): Network {
  const { bytes_sent, bytes_recv, upload_speed, download_speed } = network
  return { bytes_sent, bytes_recv, upload_speed, download_speed }
}

/** An entry as JSON. */
export function encodeEntry(entry: SystemInfoEntry): unknown {
  const { last, samples, stats } = entry
  const stored: Record<string, unknown> = {}
  for (const key of STORED) stored[key] = last[key]
  if (last.network?.interfaces) stored.network = withoutInterfaces(last.network)
  return { ...stored, samples, stats: stats.encode() }
}

/** Statistics per aggregate and key; an aggregate without a lawful one is left out. */
function storedStats(json: unknown): Map<string, [key: string, stat: Stat][]> {
  const stored = new Map<string, [string, Stat][]>()
  for (const [aggregate, keys] of objectEntries(json)) {
    const stats = objectEntries(keys).filter((pair): pair is [string, Stat] => isStat(pair[1]))
    if (stats.length > 0) stored.set(aggregate, stats)
  }
  return stored
}

function objectEntries(json: unknown): [string, unknown][] {
  return typeof json === 'object' && json !== null ? Object.entries(json) : []
}
