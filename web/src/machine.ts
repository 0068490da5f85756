/** The machine's charts: what each aggregate is called, counted in, and what it is now. */
import type { SystemInfoSample } from '../../src/systeminfo/index.ts'
import type { ChartDefinition } from './charts/definition.ts'
import type { Unit } from './units.ts'

type Values = Readonly<Record<string, number | null>>

interface MachineChart {
  readonly title: string
  readonly unit: Unit
  readonly now: (sample: SystemInfoSample) => Values
  readonly fixed?: Partial<ChartDefinition>
  /** What depends on the machine. */
  readonly more?: (sample: SystemInfoSample, cores: number | undefined) => Partial<ChartDefinition>
}

const NETWORK = { upload: 'sent', download: 'received' }

/** By aggregate, in the order of the view. */
const CHARTS: Readonly<Record<string, MachineChart>> = {
  cpu_average: { title: 'CPU', unit: 'percent', now: (s) => ({ cpu_average: s.cpu_average }) },
  cpu_modes: {
    title: 'CPU by mode',
    unit: 'percent',
    now: (s) => ({ ...s.cpu?.percent }),
    fixed: { hidden: ['idle', 'nice', 'irq', 'softirq'], names: { iowait: 'waiting for disks' } },
  },
  load_average: {
    title: 'Load',
    unit: 'number',
    now: (s) => ({ ...s.load }),
    fixed: { names: { load1: '1 min', load5: '5 min', load15: '15 min' } },
    // Over it somebody waits.
    more: (_, cores) =>
      cores === undefined
        ? {}
        : { ceiling: cores * 1.1, limits: [{ value: cores, text: `${cores} CPU${cores === 1 ? '' : 's'}` }] },
  },
  memory_usage: {
    title: 'Memory',
    unit: 'bytes',
    now: (s) => ({ memory_usage: s.memory?.used ?? null }),
    more: (s) => ({ ceiling: s.memory?.total }),
  },
  memory_usage_percent: {
    title: 'Memory, percent',
    unit: 'percent',
    now: (s) => ({ memory_usage_percent: s.memory?.used_percent ?? null }),
  },
  network_speed: {
    title: 'Network',
    unit: 'bytes_per_second',
    now: (s) => ({ upload: s.network?.upload_speed ?? null, download: s.network?.download_speed ?? null }),
    fixed: { names: NETWORK },
  },
  disk_usage: {
    title: 'Disk space used',
    unit: 'bytes',
    now: (s) => mapped(s.disks, ({ used }) => used),
    more: (s) => ({ names: mapped(s.disks, ({ path }) => path) }),
  },
  disks_read_speed: {
    title: 'Disk reads',
    unit: 'bytes_per_second',
    now: (s) => mapped(s.disks_io, ({ read_speed }) => read_speed),
  },
  disks_write_speed: {
    title: 'Disk writes',
    unit: 'bytes_per_second',
    now: (s) => mapped(s.disks_io, ({ write_speed }) => write_speed),
  },
  disks_iops: {
    title: 'Disk requests',
    unit: 'per_second',
    now: (s) => mapped(s.disks_io, ({ iops }) => iops),
  },
  sensor_temperature: {
    title: 'Temperatures',
    unit: 'celsius',
    now: (s) => Object.fromEntries((s.sensors ?? []).map(({ name, temperature }) => [name, temperature])),
    more: (s) => ({
      limits: (s.sensors ?? []).flatMap(({ name, critical }) =>
        critical !== null && critical > 0 ? [{ value: critical, text: `${name}: critical` }] : [],
      ),
    }),
  },
  network_transfer: {
    title: 'Network, in total',
    unit: 'bytes',
    now: (s) => ({ upload: s.network?.bytes_sent ?? null, download: s.network?.bytes_recv ?? null }),
    fixed: { names: NETWORK },
  },
  swap_usage: {
    title: 'Swap',
    unit: 'bytes',
    now: (s) => ({ swap_usage: s.swap?.used ?? null }),
    more: (s) => ({ ceiling: s.swap?.total }),
  },
  swap_usage_percent: {
    title: 'Swap, percent',
    unit: 'percent',
    now: (s) => ({ swap_usage_percent: s.swap?.used_percent ?? null }),
  },
}

/** A machine's chart, whether the server tells of it or not. */
export function machineChart(
  source: string,
  aggregate: string,
  sample: SystemInfoSample | undefined,
  cores?: number,
): ChartDefinition {
  const chart = CHARTS[aggregate]
  if (chart === undefined) return { source, aggregate, title: aggregate.replaceAll('_', ' '), unit: 'number' }
  const { title, unit, now, fixed, more } = chart
  const known = sample === undefined ? {} : { ...more?.(sample, cores), now: now(sample) }
  return { source, aggregate, title, unit, ...fixed, ...known }
}

/**
 * The charts of a machine: those of its aggregates that have something to show (no swap, no sensors: no chart), in the
 * order of the view, new ones last.
 */
export function machineCharts(
  source: string,
  aggregates: readonly string[],
  sample: SystemInfoSample | undefined,
  cores?: number,
): ChartDefinition[] {
  const known = Object.keys(CHARTS).filter((name) => aggregates.includes(name))
  const others = aggregates.filter((name) => !known.includes(name))
  return [...known, ...others]
    .filter((name) => !isAbsent(name, sample))
    .map((name) => machineChart(source, name, sample, cores))
}

/** What this machine does not have; a part that only cannot be read now is not absent. */
function isAbsent(aggregate: string, sample: SystemInfoSample | undefined): boolean {
  if (sample === undefined) return false
  if (aggregate.startsWith('swap')) return sample.swap?.total === 0
  if (aggregate === 'sensor_temperature') return sample.sensors?.length === 0
  if (aggregate.startsWith('disks_'))
    return sample.disks_io !== null && Object.keys(sample.disks_io).length === 0
  return false
}

function mapped<T, V>(values: Readonly<Record<string, T>> | null, value: (each: T) => V): Record<string, V> {
  return Object.fromEntries(Object.entries(values ?? {}).map(([key, each]) => [key, value(each)]))
}
