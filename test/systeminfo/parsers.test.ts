import { describe, expect, it } from 'vitest'
import { parseCpuMax, parseMemoryLimit } from '../../src/systeminfo/cgroup.ts'
import { busyPercent, cpuPercent, parseCpu } from '../../src/systeminfo/cpu.ts'
import { parseDiskstats } from '../../src/systeminfo/disksio.ts'
import { parseOsRelease } from '../../src/systeminfo/host.ts'
import { parseLoad } from '../../src/systeminfo/load.ts'
import { parseMemory } from '../../src/systeminfo/memory.ts'
import { parseNetDev } from '../../src/systeminfo/network.ts'
import { text } from './fixtures.ts'

describe('cpu', () => {
  it('reads seconds per mode from the first line of /proc/stat', () => {
    expect(parseCpu(text('storage-server', 'proc/stat'))).toEqual({
      user: 98123.45,
      nice: 102.34,
      system: 45321.1,
      idle: 4123456.78,
      iowait: 9823.45,
      irq: 0,
      softirq: 1234.56,
      steal: 0,
    })
  })

  it('reads the shorter line of an old kernel', () => {
    expect(parseCpu('cpu  100 0 50 1000\n')).toMatchObject({ user: 1, system: 0.5, idle: 10, steal: 0 })
    expect(parseCpu(text('linux-2.6.32', 'proc/stat'))).toMatchObject({ user: 3018.54, steal: 0 })
  })

  it('refuses a text that is no /proc/stat', () => {
    expect(() => parseCpu('')).toThrow('does not start with the line cpu')
    expect(() => parseCpu('cpu0 1 2 3 4\n')).toThrow('does not start with the line cpu')
  })

  const zero = { user: 0, nice: 0, system: 0, idle: 0, iowait: 0, irq: 0, softirq: 0, steal: 0 }

  it('gives the share of each mode between two readings', () => {
    const percent = cpuPercent(zero, { ...zero, user: 1, system: 1, idle: 5, iowait: 1 })
    expect(percent).toMatchObject({ user: 12.5, system: 12.5, idle: 62.5, iowait: 12.5, steal: 0 })
  })

  it('counts waiting for I/O as idle', () => {
    expect(busyPercent(cpuPercent(zero, { ...zero, user: 1, idle: 2, iowait: 1 })!)).toBe(25)
  })

  it('gives nothing when no time passed or the counters went back', () => {
    expect(cpuPercent({ ...zero, user: 5 }, { ...zero, user: 5 })).toBeNull()
    expect(cpuPercent({ ...zero, user: 5, idle: 100 }, { ...zero, user: 1, idle: 10 })).toBeNull()
  })

  it('takes a single mode that went back for 0, as iowait does at times', () => {
    const percent = cpuPercent({ ...zero, iowait: 10 }, { ...zero, iowait: 9.9, user: 1, idle: 1 })
    expect(percent).toMatchObject({ iowait: 0, user: 50, idle: 50 })
  })
})

describe('load', () => {
  it('reads three averages', () => {
    expect(parseLoad('0.52 0.58 0.59 1/987 12345\n')).toEqual({ load1: 0.52, load5: 0.58, load15: 0.59 })
  })

  it('refuses what does not start with three numbers', () => {
    expect(() => parseLoad('')).toThrow('three numbers')
    expect(() => parseLoad('a b c')).toThrow('three numbers')
  })
})

describe('memory', () => {
  it('takes what is not available for used', () => {
    const { memory, swap } = parseMemory(text('container-host', 'proc/meminfo'))
    const available = 9_123_456 * 1024
    const total = 16_314_872 * 1024
    expect(memory).toEqual({
      total,
      available,
      used: total - available,
      free: 812_344 * 1024,
      used_percent: 44.08,
    })
    expect(swap).toEqual({ total: 2_097_148 * 1024, used: 0, free: 2_097_148 * 1024, used_percent: 0 })
  })

  it('adds up what is available where the kernel does not say it', () => {
    const { memory } = parseMemory(text('linux-2.6.32', 'proc/meminfo'))
    expect(memory.available).toBe((102_344 + 92_344 + 512_344) * 1024)
  })

  it('has no percentage of swap where there is no swap', () => {
    const { swap } = parseMemory('MemTotal: 1000 kB\nMemAvailable: 500 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n')
    expect(swap).toEqual({ total: 0, used: 0, free: 0, used_percent: null })
  })

  it('refuses a text without a total', () => {
    expect(() => parseMemory('')).toThrow('no MemTotal')
    expect(() => parseMemory('MemTotal: 0 kB\n')).toThrow('no MemTotal')
  })
})

describe('diskstats', () => {
  it('shows whole disks: SATA, NVMe, md and device-mapper', () => {
    const disks = parseDiskstats(text('storage-server', 'proc/diskstats'))
    const names = ['nvme0n1', 'nvme1n1', 'sda', 'sdb', 'sdaa', 'md127', 'md0', 'dm-0', 'dm-1']
    expect([...disks.keys()]).toEqual(names)
  })

  it('counts sectors of 512 bytes', () => {
    const disks = parseDiskstats(text('storage-server', 'proc/diskstats'))
    expect(disks.get('nvme0n1')).toEqual([350_368, 1_327_012, 94_989_840 * 512, 367_383_712 * 512])
  })

  it('leaves out partitions, loop, optical and floppy drives, and disks that were never used', () => {
    expect([...parseDiskstats(text('container-host', 'proc/diskstats')).keys()]).toEqual(['vda'])
  })

  it('leaves out the boot partitions of an eMMC, ram and zram', () => {
    expect([...parseDiskstats(text('raspberry-pi', 'proc/diskstats')).keys()]).toEqual(['mmcblk0'])
  })

  it('reads the shorter lines of an old kernel', () => {
    expect([...parseDiskstats(text('linux-2.6.32', 'proc/diskstats'))]).toEqual([
      ['sda', [25_354, 41_234, 812_344 * 512, 981_234 * 512]],
      ['hda', [91, 0, 728 * 512, 0]],
      ['dm-0', [33_000, 122_000, 810_000 * 512, 976_000 * 512]],
    ])
  })

  it('finds no disk in an empty file', () => {
    expect(parseDiskstats('').size).toBe(0)
  })

  it('leaves out a line that is cut', () => {
    expect(parseDiskstats('   8       0 sda 1 2 3').size).toBe(0)
  })
})

describe('net/dev', () => {
  it('reads received and sent bytes of each interface', () => {
    expect([...parseNetDev(text('raspberry-pi', 'proc/net/dev'))]).toEqual([
      ['lo', [12_345, 12_345]],
      ['eth0', [0, 0]],
      ['wlan0', [812_345_678, 91_234_567]],
    ])
  })

  it('reads a number that touches the colon', () => {
    expect(parseNetDev(text('linux-2.6.32', 'proc/net/dev')).get('eth0')).toEqual([
      4_294_967_295, 812_345_678,
    ])
  })

  it('keeps names with dots and dashes', () => {
    const names = [...parseNetDev(text('container-host', 'proc/1/net/dev')).keys(), 'bond0.20']
    expect(names).toContain('br-3f2a9c81d0e7')
    expect(parseNetDev(text('storage-server', 'proc/net/dev')).has('bond0.20')).toBe(true)
  })

  it('reads a name that has a colon, as an alias has', () => {
    const columns = ' 2 0 0 0 0 0 0 56 2 0 0 0 0 0 0'
    const interfaces = parseNetDev(`eth0:1: 12${columns}\n  ib0:30:4294967295${columns}\n`)
    expect([...interfaces]).toEqual([
      ['eth0:1', [12, 56]],
      ['ib0:30', [4_294_967_295, 56]],
    ])
  })

  it('finds nothing in the headings alone', () => {
    expect(parseNetDev('Inter-|   Receive\n face |bytes\n').size).toBe(0)
    expect(parseNetDev('').size).toBe(0)
  })
})

describe('limits', () => {
  it('reads a quota in CPUs', () => {
    expect(parseCpuMax('150000 100000\n')).toBe(1.5)
    expect(parseCpuMax('50000 100000')).toBe(0.5)
  })

  it('takes max, -1 and nothing for no limit', () => {
    for (const none of ['max 100000', '-1 100000', '', 'max']) expect(parseCpuMax(none)).toBeNull()
    for (const none of ['max', '', '9223372036854771712']) expect(parseMemoryLimit(none)).toBeNull()
  })
})

describe('os-release', () => {
  it('reads the name, quoted or not', () => {
    expect(parseOsRelease('NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')).toBe(
      'Debian GNU/Linux 12 (bookworm)',
    )
    expect(parseOsRelease("PRETTY_NAME='Alpine Linux v3.20'\n")).toBe('Alpine Linux v3.20')
    expect(parseOsRelease('PRETTY_NAME=Arch\n')).toBe('Arch')
    expect(parseOsRelease('NAME=x\n')).toBeUndefined()
  })
})
