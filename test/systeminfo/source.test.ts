import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import {
  createSystemInfo,
  type SystemInfoOptions,
  type SystemInfoSource,
} from '../../src/systeminfo/index.ts'
import type { SystemInfoSample } from '../../src/systeminfo/sample.ts'
import { until } from '../support/until.ts'
import { Clock, never, rootsAt } from './fixtures.ts'

const sources: SystemInfoSource[] = []
const folders: string[] = []
afterEach(async () => {
  for (const source of sources.splice(0)) await source.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function create(options: SystemInfoOptions = {}): SystemInfoSource {
  const source = createSystemInfo({ host: false, ...options })
  sources.push(source)
  return source
}

/** A `/proc` that may be changed between readings. */
function changing() {
  const folder = mkdtempSync(join(tmpdir(), 'treering-proc-'))
  folders.push(folder)
  mkdirSync(`${folder}/proc/net`, { recursive: true })
  const write = (name: string, content: string) => writeFileSync(`${folder}/proc/${name}`, content)
  const set = (cpu: string, sectors: number, bytes: number) => {
    write('stat', `cpu  ${cpu}\n`)
    write('diskstats', `8 0 sda ${sectors} 0 ${sectors} 0 0 0 0 0 0 0 0\n`)
    write('net/dev', `eth0: ${bytes} 0 0 0 0 0 0 0 ${bytes} 0 0 0 0 0 0 0\n`)
  }
  write('loadavg', '0 0 0 1/1 1\n')
  write('meminfo', 'MemTotal: 100 kB\nMemAvailable: 60 kB\n')
  write('mounts', '')
  set('0 0 0 0', 8, 8)
  const roots = {
    proc: `${folder}/proc`,
    sys: `${folder}/sys`,
    root: folder,
    ownProc: `${folder}/proc`,
    ownSys: folder,
  }
  return { roots, set, write }
}

describe('the source', () => {
  it('waits at its first reading alone, and shows later what it then asks', async () => {
    const clock = new Clock()
    const { roots, write } = changing()
    write('mounts', '/dev/sda1 / ext4 rw 0 0\n')
    const source = create({ clock: clock.now, roots, settleMs: 0 })
    const first = await source.collect(0, undefined, never)
    expect(Object.keys(first.disks!)).toEqual(['/dev/sda1'])
    clock.ms += 20_000
    write('mounts', '/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /proc ext4 rw 0 0\n')
    const second = source.collect(0, first, never) as SystemInfoSample
    expect(Object.keys(second.disks!)).toEqual(['/dev/sda1'])
    const third = await until(() => {
      const sample = source.collect(0, second, never) as SystemInfoSample
      return '/dev/sdb1' in sample.disks! && sample
    })
    expect(Object.keys(third.disks!)).toEqual(['/dev/sda1', '/dev/sdb1'])
  })

  it('waits at each reading where they are far apart', async () => {
    const clock = new Clock()
    const { roots, write } = changing()
    const source = create({ clock: clock.now, roots, settleMs: 0, intervalMs: 60_000 })
    let last = await source.collect(0, undefined, never)
    for (const device of ['/dev/sda1', '/dev/sdb1']) {
      write('mounts', `${device} /proc ext4 rw 0 0\n`)
      clock.ms += 60_000
      last = await source.collect(0, last, never)
      expect(Object.keys(last.disks!)).toEqual([device])
    }
  })

  it('counts one failure of a reading, whether it waits or not', async () => {
    const clock = new Clock()
    const { roots } = changing()
    rmSync(`${roots.proc}/mounts`)
    const source = create({ clock: clock.now, roots, settleMs: 0 })
    const failures = (sample: SystemInfoSample) =>
      source
        .families(sample)
        .find(({ name }) => name === 'treering_collector_failures')!
        .points.find(({ labels }) => labels?.collector === 'disks')!.value
    let last = await source.collect(0, undefined, never)
    expect(failures(last)).toBe(1)
    last = await source.collect(0, last, never)
    expect([last.disks, failures(last)]).toEqual([null, 2])
  })

  it('has numbers for everything that has rates in its very first sample', async () => {
    const sample = await create().collect(1_700_000_000_999, undefined, never)
    expect(sample.timestamp).toBe(1_700_000_000)
    expect(sample.cpu_average).toBeGreaterThanOrEqual(0)
    expect(sample.network!.download_speed).toBeGreaterThanOrEqual(0)
    for (const disk of Object.values(sample.disks_io!)) expect(disk.read_speed).toBeGreaterThanOrEqual(0)
    expect(Object.values(sample.disks!).map((disk) => disk.path)).toContain('/')
    expect(sample.memory!.used).toBeGreaterThan(0)
  })

  it('has no rates in the first sample when it looks only once', async () => {
    const sample = await create({ settleMs: 0 }).collect(0, undefined, never)
    expect(sample).toMatchObject({
      cpu_average: null,
      cpu: { percent: null },
      network: { upload_speed: null },
    })
  })

  it('gives up its first look when it is told to', async () => {
    const stop = AbortSignal.timeout(20)
    await expect(create({ settleMs: 500 }).collect(0, undefined, stop)).rejects.toThrow('aborted')
  })

  it('reads a whole machine from other roots', async () => {
    const sample = await create({ roots: rootsAt('storage-server'), settleMs: 0 }).collect(
      1000,
      undefined,
      never,
    )
    expect(sample).toMatchObject({
      timestamp: 1,
      cpu: { seconds: { user: 98_123.45 } },
      load: { load1: 3.42 },
      memory: { used_percent: 26.58 },
      swap: { used: (8_388_604 - 8_123_456) * 1024 },
      disks: {},
      network: { bytes_sent: 412_345_678_901 + 91_234_567 },
      cgroup: null,
    })
    expect(Object.keys(sample.disks_io!)).toHaveLength(9)
    expect(sample.sensors).toHaveLength(10)
  })

  it('derives rates from monotonic time and starts them anew after a break', async () => {
    const { roots, set } = changing()
    const clock = new Clock()
    const source = create({ roots, settleMs: 0, clock: clock.now })
    const first = await source.collect(0, undefined, never)
    set('100 0 0 300', 16, 2008)
    clock.ms += 2000
    // The wall clock jumps ahead; rates do not notice.
    const second = await source.collect(9_000_000, first, never)
    expect(second).toMatchObject({
      cpu_average: 25,
      disks_io: { sda: { iops: 4, read_speed: 2048, write_speed: 0 } },
      network: { download_speed: 1000 },
    })
    set('200 0 0 300', 24, 3008)
    clock.ms += 1000
    const third = await source.collect(9_001_000, undefined, never)
    expect(third).toMatchObject({
      cpu_average: null,
      disks_io: { sda: { iops: null } },
      network: { upload_speed: null },
    })
  })

  it('has no rate, and nothing negative, after counters were reset, and goes on from there', async () => {
    const { roots, set } = changing()
    const clock = new Clock()
    const source = create({ roots, settleMs: 0, clock: clock.now })
    set('500 0 0 500', 1000, 1_000_000)
    let last = await source.collect(0, undefined, never)
    clock.ms += 1000
    set('1 0 0 1', 8, 10)
    last = await source.collect(1000, last, never)
    expect(last).toMatchObject({
      cpu_average: null,
      disks_io: { sda: { iops: null, read_speed: null, write_speed: null, read_count: 8 } },
      network: { upload_speed: null, download_speed: null, bytes_sent: 10 },
    })
    clock.ms += 1000
    set('2 0 0 4', 9, 110)
    last = await source.collect(2000, last, never)
    expect(last).toMatchObject({
      cpu_average: 25,
      disks_io: { sda: { iops: 1 } },
      network: { upload_speed: 100 },
    })
  })

  it.each([
    ['cpu', ['cpu_average', 'cpu', 'load']],
    ['memory', ['memory', 'swap']],
    ['disk', ['disks', 'disks_io']],
    ['network', ['network']],
    ['sensors', ['sensors']],
  ] as const)('leaves %s empty when it is switched off, and reads the rest', async (part, keys) => {
    const sample = await create({ [part]: false }).collect(0, undefined, never)
    for (const [key, value] of Object.entries(sample)) {
      if ((keys as readonly string[]).includes(key)) expect(value).toBeNull()
      else if (key !== 'cgroup') expect(value).not.toBeNull()
    }
  })

  it('leaves a part that fails empty, counts it, says so once, and keeps the rest', async () => {
    const { roots, write } = changing()
    const said: string[] = []
    const say = (_: object, message: string) => said.push(message)
    const log = { debug: say, info: say, warn: say, error: say }
    const source = create({ roots, settleMs: 0, log })
    write('meminfo', 'nothing')
    let last = await source.collect(0, undefined, never)
    last = await source.collect(0, last, never)
    expect(last).toMatchObject({ memory: null, swap: null, load: { load1: 0 }, network: { bytes_sent: 8 } })
    const points = (name: string) => source.families(last).find((family) => family.name === name)!.points
    const memory = { labels: { collector: 'memory' } }
    expect(points('treering_collector_failures')).toContainEqual({ ...memory, value: 2 })
    expect(points('treering_collector_success')).toContainEqual({ ...memory, value: 0 })
    write('meminfo', 'MemTotal: 100 kB\nMemAvailable: 60 kB\n')
    last = await source.collect(0, last, never)
    expect(last.memory).toMatchObject({ used: 40 * 1024 })
    expect(points('treering_collector_success')).toContainEqual({ ...memory, value: 1 })
    expect(points('treering_collector_failures')).toContainEqual({ ...memory, value: 2 })
    expect(said).toEqual([
      'cannot read memory: the file meminfo has no MemTotal',
      'reading memory succeeds again',
    ])
  })

  it('fails where nothing at all can be read, and says why', async () => {
    const at = '/nonexistent'
    const roots = { proc: at, sys: at, root: at, ownProc: at, ownSys: at }
    await expect(create({ roots }).collect(5000, undefined, never)).rejects.toThrow(
      /no part of the machine can be read: .*cannot read memory: ENOENT/,
    )
  })

  it('tells what of it cannot be read now', async () => {
    const source = create({ mounts: ['/nowhere/at/all'] })
    await source.collect(5000, undefined, never)
    expect(source.faults?.()).toEqual(['no file system is mounted at /nowhere/at/all, which settings name'])
  })

  it('opens nothing before the first reading and frees all when closed', async () => {
    const open = () => readdirSync('/proc/self/fd').length
    const before = open()
    const source = createSystemInfo({ host: false, roots: rootsAt('laptop') })
    expect(open()).toBe(before)
    await Promise.resolve(source.collect(0, undefined, never)).catch(() => {})
    const real = createSystemInfo({ host: false })
    let last = await real.collect(0, undefined, never)
    const kept = open()
    expect(kept).toBeGreaterThan(before + 10)
    for (let i = 0; i < 20; i++) last = await real.collect(0, last, never)
    expect(open()).toBe(kept)
    await source.close()
    await real.close()
    expect(open()).toBe(before)
  })

  it('names itself and its aggregates, and refuses options out of bounds', () => {
    expect(create()).toMatchObject({ name: 'system_info', intervalMs: 1000 })
    expect(create().aggregates![0]).toBe('cpu_average')
    expect(() => createSystemInfo({ settleMs: 900 })).toThrow(RangeError)
    expect(() => createSystemInfo({ intervalMs: 0 })).toThrow(RangeError)
  })
})
