/** The machine in tiles: one for each thing that can run short. */
import type { Host, SystemInfoSample } from '../../../src/systeminfo/index.ts'
import { Tile } from '../parts/tile.tsx'
import { type Problem, type Severity, severityOf } from '../problems/problem.ts'
import { format } from '../units.ts'

interface TilesProps {
  readonly source: string
  readonly sample: SystemInfoSample
  readonly host: Host | undefined
  /** Of all sources. */
  readonly problems: readonly Problem[]
}

export function MachineTiles({ source, sample, host, problems }: TilesProps) {
  const { cpu_average, cpu, load, memory, swap, network, sensors } = sample
  const at = (aggregate: string) => ({ source, aggregate, to: { view: 'machine' as const, open: aggregate } })
  const iowait = cpu?.percent?.iowait
  const severity = (...names: string[]) => severityOf(problems, source, ...names)
  const hottest = [...(sensors ?? [])].sort((a, b) => b.temperature - a.temperature)[0]
  return (
    <div class="tiles">
      <Tile
        {...at('cpu_average')}
        title="CPU"
        severity={severity('cpu', 'steal')}
        value={format(cpu_average, 'percent')}
        note={iowait === undefined ? '' : `${format(iowait, 'percent')} waiting for disks`}
        keys={['cpu_average']}
        ceiling={100}
      />
      {memory && (
        <Tile
          {...at('memory_usage')}
          title="Memory"
          severity={severity('memory')}
          value={format(memory.used_percent, 'percent')}
          note={`${format(memory.used, 'bytes')} of ${format(memory.total, 'bytes')}`}
          keys={['memory_usage']}
          ceiling={memory.total}
        />
      )}
      {load && (
        <Tile
          {...at('load_average')}
          title="Load"
          severity={severity('load')}
          value={format(load.load1, 'number')}
          note={`${format(load.load5, 'number')} · ${format(load.load15, 'number')}${host ? ` on ${host.cores} CPUs` : ''}`}
          keys={['load1']}
        />
      )}
      <DiskTile {...{ source, sample }} severity={severity('disk', 'stale')} />
      {network && (
        <Tile
          {...at('network_speed')}
          title="Network"
          value={
            <Pair down={network.download_speed} up={network.upload_speed} words={['received', 'sent']} />
          }
          note={`${format(network.bytes_recv, 'bytes')} · ${format(network.bytes_sent, 'bytes')} in total`}
          keys={['upload', 'download']}
        />
      )}
      <TransferTile {...{ source, sample }} severity={severity('iowait')} />
      {hottest && (
        <Tile
          {...at('sensor_temperature')}
          title="Hottest"
          severity={severity('sensor')}
          value={format(hottest.temperature, 'celsius')}
          note={hottest.name}
          keys={[hottest.name]}
          ceiling={hottest.critical ?? 100}
        />
      )}
      {swap !== null && swap.total > 0 && (
        <Tile
          {...at('swap_usage')}
          title="Swap"
          severity={severity('swap')}
          value={format(swap.used_percent, 'percent')}
          note={`${format(swap.used, 'bytes')} of ${format(swap.total, 'bytes')}`}
          keys={['swap_usage']}
          ceiling={swap.total}
        />
      )}
    </div>
  )
}

interface DiskTileProps extends Pick<TilesProps, 'source' | 'sample'> {
  readonly severity: Severity | undefined
}

/** The fullest disk; the others are one look away. */
function DiskTile({ source, sample, severity }: DiskTileProps) {
  const disks = Object.entries(sample.disks ?? {}).sort(
    ([, a], [, b]) => (b.used_percent ?? 0) - (a.used_percent ?? 0),
  )
  const [fullest] = disks
  if (fullest === undefined) return null
  const [key, { path, free, used, used_percent }] = fullest
  const others = disks.length > 1 ? ` · fullest of ${disks.length}` : ''
  return (
    <Tile
      source={source}
      aggregate="disk_usage"
      to={{ view: 'machine', open: 'disk_usage' }}
      title={`Disk ${path}`}
      severity={severity}
      value={format(used_percent, 'percent')}
      note={`${format(free, 'bytes')} left${others}`}
      keys={[key]}
      ceiling={used + free}
    />
  )
}

/** The disk that is written to and read from most. */
function TransferTile({ source, sample, severity }: DiskTileProps) {
  const disks = Object.values(sample.disks_io ?? {})
  if (disks.length === 0) return null
  const total = (key: 'read_speed' | 'write_speed') => disks.reduce((sum, disk) => sum + (disk[key] ?? 0), 0)
  const iops = disks.reduce((sum, disk) => sum + (disk.iops ?? 0), 0)
  const busiest = [...disks].sort((a, b) => (b.write_speed ?? 0) - (a.write_speed ?? 0))[0]!
  return (
    <Tile
      source={source}
      aggregate="disks_write_speed"
      to={{ view: 'machine', open: 'disks_write_speed' }}
      title="Disk transfers"
      severity={severity}
      value={<Pair down={total('read_speed')} up={total('write_speed')} words={['read', 'written']} />}
      note={`${format(iops, 'per_second')} · line: ${busiest.name} writes`}
      keys={[busiest.name]}
    />
  )
}

function Pair({
  down,
  up,
  words,
}: {
  down: number | null
  up: number | null
  words: readonly [string, string]
}) {
  return (
    <>
      <span title={words[0]}>
        <i aria-hidden="true">↓</i>
        <span class="unseen">{words[0]} </span>
        {format(down, 'bytes_per_second')}
      </span>{' '}
      <span title={words[1]}>
        <i aria-hidden="true">↑</i>
        <span class="unseen">{words[1]} </span>
        {format(up, 'bytes_per_second')}
      </span>
    </>
  )
}
