/**
 * The views of a machine's history: a table from the name of an aggregate to the values one sample gives it.
 * Source: GoDoxy's `system_info` for the first ten names and their rows.
 */
import { cutRows, type Query, type Rows, readStat, type Stat } from '../period/index.ts'
import { MetricsError, matchesKeyword } from '../utils/index.ts'
import type { SystemInfoEntry, SystemInfoSample } from './sample.ts'

/** A row of an answer: Unix seconds, and the values. */
export type SystemInfoRow = { timestamp: number } & Record<string, number>

/** Takes a value by its key; null is none. */
type Put = (key: string, value: number | null) => void

interface Aggregate {
  /** Puts the values of a sample. */
  readonly values: (sample: SystemInfoSample, put: Put) => void
  /** Whether keys are names of devices, which `keyword` filters. */
  readonly named?: true
  /** Whether the newest value stands for the slot: a mean of what only grows says nothing. */
  readonly newest?: true
}

const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  cpu_average: { values: (s, put) => put('cpu_average', s.cpu_average) },
  memory_usage: { values: (s, put) => s.memory && put('memory_usage', s.memory.used) },
  memory_usage_percent: {
    values: (s, put) => s.memory && put('memory_usage_percent', s.memory.used_percent),
  },
  disks_read_speed: {
    named: true,
    values: (s, put) => {
      for (const name in s.disks_io) put(name, s.disks_io[name]!.read_speed)
    },
  },
  disks_write_speed: {
    named: true,
    values: (s, put) => {
      for (const name in s.disks_io) put(name, s.disks_io[name]!.write_speed)
    },
  },
  disks_iops: {
    named: true,
    values: (s, put) => {
      for (const name in s.disks_io) put(name, s.disks_io[name]!.iops)
    },
  },
  disk_usage: {
    named: true,
    values: (s, put) => {
      for (const name in s.disks) put(name, s.disks[name]!.used)
    },
  },
  network_speed: {
    values: (s, put) => {
      if (s.network === null) return
      put('upload', s.network.upload_speed)
      put('download', s.network.download_speed)
    },
  },
  network_transfer: {
    newest: true,
    values: (s, put) => {
      if (s.network === null) return
      put('upload', s.network.bytes_sent)
      put('download', s.network.bytes_recv)
    },
  },
  sensor_temperature: {
    named: true,
    values: (s, put) => {
      for (const { name, temperature } of s.sensors ?? []) put(name, temperature)
    },
  },
  cpu_modes: { values: (s, put) => putAll(s.cpu?.percent, put) },
  load_average: { values: (s, put) => putAll(s.load, put) },
  swap_usage: { values: (s, put) => s.swap && put('swap_usage', s.swap.used) },
  swap_usage_percent: { values: (s, put) => s.swap && put('swap_usage_percent', s.swap.used_percent) },
}

/** Names of all aggregates; the ten of the original first. */
export const AGGREGATE_NAMES: readonly string[] = Object.keys(AGGREGATES)

/** Puts all values of a sample that go into the statistics of a slot. */
export function putMeasures(
  sample: SystemInfoSample,
  put: (name: string, key: string, value: number | null) => void,
) {
  for (const name of AGGREGATE_NAMES) {
    const { newest, values } = AGGREGATES[name]!
    if (!newest) values(sample, (key, value) => put(name, key, value))
  }
}

/** Rows of these entries. Throws `invalid` for an aggregate that does not exist, or none. */
export function aggregateRows(entries: readonly SystemInfoEntry[], query: Query): Rows<SystemInfoRow[]> {
  const name = query.aggregate ?? ''
  const aggregate = Object.hasOwn(AGGREGATES, name) ? AGGREGATES[name] : undefined
  if (aggregate === undefined) {
    throw new MetricsError(
      'invalid',
      `${name === '' ? 'aggregate is missing' : `invalid aggregate ${JSON.stringify(name.slice(0, 64))}`}: allowed are ${AGGREGATE_NAMES.join(', ')}`,
    )
  }
  const rows: SystemInfoRow[] = []
  for (const entry of entries) {
    const values = aggregate.newest ? newestValues(entry, aggregate) : statValues(entry, name, query)
    const wanted = aggregate.named ? values.filter(([key]) => matchesKeyword(key, query.keyword)) : values
    // Assembled from pairs, so that a device of any name is a key like others.
    if (wanted.length > 0)
      rows.push(Object.fromEntries([['timestamp', entry.timestamp], ...wanted]) as SystemInfoRow)
  }
  return { total: rows.length, data: cutRows(rows, query) }
}

function statValues(entry: SystemInfoEntry, name: string, query: Query): [string, number][] {
  return entry.stats.of(name).map(([key, stat]) => [key, slotValue(stat, query)])
}

/** Of a mean of many, three decimals: what is beyond them is noise. */
function slotValue(stat: Stat, query: Query): number {
  const value = readStat(stat, query.stat)
  return query.stat === 'mean' && stat[0] > 1 ? Math.round(value * 1000) / 1000 : value
}

function newestValues(entry: SystemInfoEntry, aggregate: Aggregate): [string, number][] {
  const values: [string, number][] = []
  aggregate.values(entry.last, (key, value) => value !== null && values.push([key, value]))
  return values
}

function putAll(values: object | null | undefined, put: Put): void {
  for (const key in values) put(key, (values as Record<string, number>)[key]!)
}
