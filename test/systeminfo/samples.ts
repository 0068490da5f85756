/** Samples made up for tests. */
import fc from 'fast-check'
import type { SystemInfoSample } from '../../src/systeminfo/index.ts'

/** A sample with one value of each kind. */
export function sampleAt(timestamp: number, more: Partial<SystemInfoSample> = {}): SystemInfoSample {
  const modes = { user: 10, nice: 0, system: 5, idle: 80, iowait: 5, irq: 0, softirq: 0, steal: 0 }
  const disk = { read_bytes: 1000, write_bytes: 2000, read_count: 10, write_count: 20 }
  return {
    timestamp,
    cpu_average: 15,
    cpu: { percent: modes, seconds: modes },
    load: { load1: 1, load5: 2, load15: 3 },
    memory: { total: 1000, available: 600, used: 400, free: 100, used_percent: 40 },
    swap: { total: 100, used: 0, free: 100, used_percent: 0 },
    disks: {
      '/dev/sda1': { path: '/', fstype: 'ext4', total: 100, free: 40, used: 50, used_percent: 55.56 },
    },
    disks_io: {
      sda: { name: 'sda', ...disk, iops: 3, read_speed: 100, write_speed: 0 },
      nvme0n1: { name: 'nvme0n1', ...disk, iops: null, read_speed: null, write_speed: null },
    },
    network: {
      bytes_sent: 500,
      bytes_recv: 700,
      upload_speed: 50,
      download_speed: 70,
      interfaces: {
        eth0: { bytes_sent: 500, bytes_recv: 700, upload_speed: 50, download_speed: 70, physical: true },
      },
    },
    sensors: [{ name: 'coretemp_core_0', temperature: 45.5, high: 80, critical: null }],
    cgroup: { memory_limit: 5000, memory_used: 40, cpu_limit: 1.5 },
    ...more,
  }
}

/** Samples of a machine whose devices come and go and whose parts fail. */
export function anySample(): fc.Arbitrary<SystemInfoSample> {
  const number = fc.nat({ max: 1_000_000 })
  const speed = fc.option(number)
  const name = fc.constantFrom('sda', 'sdb', 'nvme0n1')
  return fc
    .record({
      timestamp: fc.integer({ min: 1, max: 2_000_000_000 }),
      cpu_average: fc.option(fc.float({ min: 0, max: 100, noNaN: true })),
      used: fc.option(number),
      disks: fc.option(fc.dictionary(name, speed)),
      sensors: fc.option(fc.dictionary(name, fc.integer({ min: -40, max: 120 }))),
    })
    .map(({ timestamp, cpu_average, used, disks, sensors }) => {
      const base = sampleAt(timestamp)
      const io = ([device, rate]: [string, number | null]) => [
        device,
        { ...base.disks_io!.sda!, name: device, iops: rate, read_speed: rate, write_speed: rate },
      ]
      return {
        ...base,
        cpu_average,
        memory: used === null ? null : { ...base.memory!, used },
        disks_io: disks && Object.fromEntries(Object.entries(disks).map(io)),
        sensors:
          sensors &&
          Object.entries(sensors).map(([sensor, temperature]) => ({
            name: sensor,
            temperature,
            high: null,
            critical: null,
          })),
      }
    })
}
