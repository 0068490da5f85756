import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { familiesText } from '../../src/prometheus/index.ts'
import type { CollectorState } from '../../src/systeminfo/collectors.ts'
import { systemFamilies } from '../../src/systeminfo/families.ts'
import type { Host } from '../../src/systeminfo/index.ts'
import { sampleAt } from './samples.ts'

const host: Host = {
  hostname: 'box',
  os: 'Debian GNU/Linux 12',
  kernel: '6.1.0',
  arch: 'x64',
  cpu_model: 'AMD EPYC "7003"',
  cores: 4,
  physical_cores: 2,
  virtualization: null,
}
const collectors = new Map<string, CollectorState>([
  ['cpu', { ok: true, seconds: 0.0001, failures: 0, error: null }],
  ['disks', { ok: false, seconds: 0.3, failures: 2, error: 'gone' }],
])

function value(
  name: string,
  sample = sampleAt(1),
  labels: Record<string, string> = {},
): number | bigint | undefined {
  const family = systemFamilies(sample, collectors, host).find((one) => one.name === name)
  const point = family?.points.find((one) =>
    Object.entries(labels).every(([key, is]) => one.labels?.[key] === is),
  )
  return point?.value
}

describe('families', () => {
  it('say what the sample says, in base units', () => {
    expect(value('system_cpu_seconds', undefined, { mode: 'idle' })).toBe(80)
    expect(value('system_cpu_busy_ratio')).toBe(0.15)
    expect(value('system_load5')).toBe(2)
    expect(value('system_memory_used_bytes')).toBe(400)
    expect(value('system_swap_total_bytes')).toBe(100)
    expect(
      value('system_filesystem_avail_bytes', undefined, {
        device: '/dev/sda1',
        mountpoint: '/',
        fstype: 'ext4',
      }),
    ).toBe(40)
    expect(value('system_disk_written_bytes', undefined, { device: 'nvme0n1' })).toBe(2000)
    expect(value('system_network_receive_bytes', undefined, { device: 'eth0' })).toBe(700)
    expect(value('system_temperature_celsius', undefined, { sensor: 'coretemp_core_0' })).toBe(45.5)
    expect(value('system_temperature_high_celsius')).toBe(80)
    expect(value('system_temperature_critical_celsius')).toBeUndefined()
    expect(value('system_cgroup_cpu_limit_cores')).toBe(1.5)
    expect(value('system_host', undefined, { hostname: 'box', virtualization: '' })).toBe(1)
  })

  it('tell of each collector whether it succeeded, how long it took and how often it failed', () => {
    expect(value('treering_collector_success', undefined, { collector: 'cpu' })).toBe(1)
    expect(value('treering_collector_success', undefined, { collector: 'disks' })).toBe(0)
    expect(value('treering_collector_duration_seconds', undefined, { collector: 'disks' })).toBe(0.3)
    expect(value('treering_collector_failures', undefined, { collector: 'disks' })).toBe(2)
  })

  it('mark a file system that does not answer', () => {
    const disks = { x: { ...sampleAt(1).disks!['/dev/sda1']!, stale: true as const } }
    expect(value('system_filesystem_stale', sampleAt(1, { disks }))).toBe(1)
    expect(value('system_filesystem_stale')).toBe(0)
  })

  it('leave out what is not known, and write no NaN', () => {
    const parts = { cpu_average: null, cpu: null, load: null, memory: null, swap: null }
    const rest = { disks: null, disks_io: null, network: null, sensors: null, cgroup: null }
    expect(systemFamilies(sampleAt(1, { ...parts, ...rest }), new Map())).toEqual([])
    const text = familiesText(systemFamilies(sampleAt(1), collectors, host), 'prometheus')
    expect(text).not.toMatch(/NaN|undefined|null/)
  })

  it('have no family without points and no name twice', () => {
    const names = systemFamilies(sampleAt(1), collectors, host).map((family) => family.name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^(system|treering_collector)_[a-z0-9_]+$/)
    expect(names.filter((name) => name.endsWith('_total'))).toEqual([])
  })

  it('pass promtool without a complaint', (ctx) => {
    const text = familiesText(systemFamilies(sampleAt(1), collectors, host), 'prometheus')
    const { error, status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text })
    if (error) {
      console.warn('SKIPPED: promtool is not installed')
      ctx.skip()
      return
    }
    expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: '' })
  })
})
