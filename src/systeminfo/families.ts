/** What Prometheus is told of a machine. Names follow node_exporter's words under the prefix `system_`. */
import type { Family, FamilyType, Point } from '../prometheus/index.ts'
import type { CollectorState } from './collectors.ts'
import type { Host } from './host.ts'
import { CPU_MODES, type Disk, type DiskIo, type NetworkInterface, type SystemInfoSample } from './sample.ts'

/** Families of one sample, of how its collectors went, and of the host's facts once they are known. */
export function systemFamilies(
  sample: SystemInfoSample,
  collectors: ReadonlyMap<string, Readonly<CollectorState>>,
  host?: Host,
): Family[] {
  return [
    ...cpuFamilies(sample),
    ...memoryFamilies(sample),
    ...diskFamilies(Object.entries(sample.disks ?? {})),
    ...diskIoFamilies(Object.values(sample.disks_io ?? {})),
    ...networkFamilies(Object.entries(sample.network?.interfaces ?? {})),
    ...sensorFamilies(sample),
    ...collectorFamilies(collectors),
    ...hostFamilies(host),
  ].filter((family) => family.points.length > 0)
}

function cpuFamilies({ cpu, cpu_average, load }: SystemInfoSample): Family[] {
  const seconds = cpu ? CPU_MODES.map((mode) => ({ labels: { mode }, value: cpu.seconds[mode] })) : []
  return [
    family('system_cpu_seconds', 'counter', 'Time the CPUs spent in each mode.', seconds),
    gauge('system_cpu_busy_ratio', 'Share of CPU time neither idle nor waiting for I/O.', share(cpu_average)),
    gauge('system_load1', 'Load average over 1 minute.', load?.load1),
    gauge('system_load5', 'Load average over 5 minutes.', load?.load5),
    gauge('system_load15', 'Load average over 15 minutes.', load?.load15),
  ]
}

function memoryFamilies({ memory, swap, cgroup }: SystemInfoSample): Family[] {
  return [
    gauge('system_memory_total_bytes', 'Main memory.', memory?.total),
    gauge(
      'system_memory_available_bytes',
      'Memory that programs can take without swapping.',
      memory?.available,
    ),
    gauge('system_memory_used_bytes', 'Memory in use: total less available.', memory?.used),
    gauge('system_memory_free_bytes', 'Memory used for nothing, not even as cache.', memory?.free),
    gauge('system_swap_total_bytes', 'Swap space.', swap?.total),
    gauge('system_swap_used_bytes', 'Swap space in use.', swap?.used),
    gauge('system_swap_free_bytes', 'Swap space not in use.', swap?.free),
    gauge('system_cgroup_memory_limit_bytes', 'Memory that the own cgroup may use.', cgroup?.memory_limit),
    gauge('system_cgroup_memory_used_bytes', 'Memory charged to the limited cgroup.', cgroup?.memory_used),
    gauge('system_cgroup_cpu_limit_cores', 'CPUs that the own cgroup may use.', cgroup?.cpu_limit),
  ]
}

function diskFamilies(disks: [string, Disk][]): Family[] {
  const points = (value: (disk: Disk) => number) =>
    disks.map(([device, disk]) => ({
      labels: { device, mountpoint: disk.path, fstype: disk.fstype },
      value: value(disk),
    }))
  return [
    gauge(
      'system_filesystem_size_bytes',
      'Size of a file system.',
      points((disk) => disk.total),
    ),
    gauge(
      'system_filesystem_avail_bytes',
      'Space that unprivileged users can take.',
      points((disk) => disk.free),
    ),
    gauge(
      'system_filesystem_used_bytes',
      'Space in use.',
      points((disk) => disk.used),
    ),
    gauge(
      'system_filesystem_stale',
      '1 if the file system does not answer.',
      points((disk) => (disk.stale ? 1 : 0)),
    ),
  ]
}

function diskIoFamilies(disks: DiskIo[]): Family[] {
  const points = (value: (disk: DiskIo) => number) =>
    disks.map((disk) => ({ labels: { device: disk.name }, value: value(disk) }))
  return [
    family(
      'system_disk_read_bytes',
      'counter',
      'Bytes read from a disk.',
      points((disk) => disk.read_bytes),
    ),
    family(
      'system_disk_written_bytes',
      'counter',
      'Bytes written to a disk.',
      points((disk) => disk.write_bytes),
    ),
    family(
      'system_disk_reads_completed',
      'counter',
      'Reads a disk completed.',
      points((disk) => disk.read_count),
    ),
    family(
      'system_disk_writes_completed',
      'counter',
      'Writes a disk completed.',
      points((disk) => disk.write_count),
    ),
  ]
}

function networkFamilies(interfaces: [string, NetworkInterface][]): Family[] {
  const points = (value: (one: NetworkInterface) => number) =>
    interfaces.map(([device, one]) => ({ labels: { device }, value: value(one) }))
  return [
    family(
      'system_network_receive_bytes',
      'counter',
      'Bytes received.',
      points((one) => one.bytes_recv),
    ),
    family(
      'system_network_transmit_bytes',
      'counter',
      'Bytes sent.',
      points((one) => one.bytes_sent),
    ),
    gauge(
      'system_network_physical',
      '1 if a device is behind the interface.',
      points((one) => (one.physical ? 1 : 0)),
    ),
  ]
}

function sensorFamilies({ sensors }: SystemInfoSample): Family[] {
  const all = sensors ?? []
  const points = (key: 'temperature' | 'high' | 'critical') =>
    all.flatMap((one) => (one[key] === null ? [] : [{ labels: { sensor: one.name }, value: one[key] }]))
  return [
    gauge('system_temperature_celsius', 'Temperature of a sensor.', points('temperature')),
    gauge('system_temperature_high_celsius', 'Highest usual temperature of a sensor.', points('high')),
    gauge('system_temperature_critical_celsius', 'Critical temperature of a sensor.', points('critical')),
  ]
}

function collectorFamilies(states: ReadonlyMap<string, Readonly<CollectorState>>): Family[] {
  const points = (value: (state: Readonly<CollectorState>) => number) =>
    [...states].map(([collector, state]) => ({ labels: { collector }, value: value(state) }))
  return [
    gauge(
      'treering_collector_success',
      '1 if the last run succeeded.',
      points((state) => (state.ok ? 1 : 0)),
    ),
    gauge(
      'treering_collector_duration_seconds',
      'Time the last run took, without answers that it did not wait for.',
      points((state) => state.seconds),
    ),
    family(
      'treering_collector_failures',
      'counter',
      'Runs that failed.',
      points((state) => state.failures),
    ),
  ]
}

function hostFamilies(host: Host | undefined): Family[] {
  if (host === undefined) return []
  const { hostname, os, kernel, arch, cpu_model, virtualization } = host
  const labels = { hostname, os, kernel, arch, cpu_model, virtualization: virtualization ?? '' }
  return [
    family('system_host', 'info', 'The machine.', [{ labels, value: 1 }]),
    gauge('system_cpu_cores', 'Logical CPUs.', host.cores),
  ]
}

function share(percent: number | null): number | null {
  return percent === null ? null : percent / 100
}

function gauge(name: string, help: string, value: readonly Point[] | number | null | undefined): Family {
  return family(name, 'gauge', help, typeof value === 'number' ? [{ value }] : (value ?? []))
}

function family(name: string, type: FamilyType, help: string, points: readonly Point[]): Family {
  return { name, type, help, points }
}
