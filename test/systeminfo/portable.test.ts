import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createSystemInfo, readHost, rootsOf } from '../../src/systeminfo/index.ts'
import { Latest } from '../../src/systeminfo/latest.ts'
import { cpuSeconds, disksOf, memoryOf, sensorsOf } from '../../src/systeminfo/portable.ts'
import { until } from '../support/until.ts'
import { Clock, machine, never } from './fixtures.ts'

describe('the portable source', () => {
  it('gives the same sample as the one for Linux, on the same machine', async () => {
    const portable = createSystemInfo({ portable: true, host: false })
    const linux = createSystemInfo({ host: false, cpu: true })
    let theirs = await portable.collect(5000, undefined, never)
    const ours = await linux.collect(5000, undefined, never)
    for (let i = 0; i < 10 && (theirs.disks === null || theirs.memory === null); i++) {
      theirs = await portable.collect(5000, theirs, never)
    }
    expect(Object.keys(theirs)).toEqual(Object.keys(ours))
    expect(theirs.memory!.total).toBe(ours.memory!.total)
    expect(Math.abs(theirs.memory!.used - ours.memory!.used)).toBeLessThan(256 * 1024 * 1024)
    const root = (sample: typeof ours) =>
      Object.values(sample.disks!).find((disk) => disk.path === '/')!.total
    expect(root(theirs)).toBe(root(ours))
    expect(theirs.cpu_average).toBeGreaterThanOrEqual(0)
    expect(theirs.cgroup).toBeNull()
    await portable.close()
    await linux.close()
  })

  it('has no rates after a break, and none negative', async () => {
    const source = createSystemInfo({ portable: true, host: false, disk: false, sensors: false, settleMs: 0 })
    const first = await source.collect(0, undefined, never)
    expect(first.cpu_average).toBeNull()
    expect(first).toMatchObject({ disks: null, disks_io: null, sensors: null })
    await source.close()
  })

  it('adds up the time of all CPUs', () => {
    const times = { user: 1000, nice: 500, sys: 2000, idle: 10_000, irq: 100 }
    const cpu = { model: '', speed: 0, times }
    expect(cpuSeconds([cpu, cpu])).toMatchObject({
      user: 2,
      nice: 1,
      system: 4,
      idle: 20,
      irq: 0.2,
      iowait: 0,
    })
  })

  it('shows each device once, at its shortest mount point', () => {
    const fs = { type: 'apfs', size: 100, used: 30, available: 60, use: 30, rw: true }
    const disks = disksOf([
      { ...fs, fs: '/dev/disk3s1', mount: '/System/Volumes/Data' },
      { ...fs, fs: '/dev/disk3s1', mount: '/' },
      { ...fs, fs: 'empty', mount: '/x', size: 0 },
    ])
    expect(disks).toEqual({
      '/dev/disk3s1': { path: '/', fstype: 'apfs', total: 100, free: 60, used: 30, used_percent: 33.33 },
    })
  })

  it('takes what is not available for used, and leaves out temperatures that are not known', () => {
    const mem = { total: 100, available: 40, free: 10, swaptotal: 0, swapused: 0, swapfree: 0 }
    expect(memoryOf(mem as Parameters<typeof memoryOf>[0])).toEqual({
      memory: { total: 100, available: 40, used: 60, free: 10, used_percent: 60 },
      swap: { total: 0, used: 0, free: 0, used_percent: null },
    })
    expect(sensorsOf({ main: null as unknown as number, cores: [], max: 0 })).toEqual([])
    expect(sensorsOf({ main: 50, cores: [48, 52], max: 52 }).map((sensor) => sensor.name)).toEqual([
      'cpu',
      'cpu_core_0',
      'cpu_core_1',
    ])
  })
})

describe('the latest of something slow', () => {
  it('is handed out while a new one is on its way', async () => {
    const clock = new Clock()
    const answers: ((value: string) => void)[] = []
    const latest = new Latest(
      () => new Promise<string>((resolve) => answers.push(resolve)),
      1000,
      10,
      clock.now,
    )
    await expect(latest.get()).rejects.toThrow('no answer within 10 ms')
    answers[0]!('first')
    expect(await latest.get()).toBe('first')
    clock.ms += 1000
    expect(await latest.get()).toBe('first')
    clock.ms += 1000
    expect(await latest.get()).toBe('first')
    expect(answers).toHaveLength(2)
    answers[1]!('second')
    await new Promise(setImmediate)
    expect(await latest.get()).toBe('second')
  })

  it('throws what the last read threw, until one succeeds', async () => {
    const clock = new Clock()
    let fails = true
    const read = async () => {
      if (fails) throw new Error('no such program')
      return 5
    }
    const latest = new Latest(read, 1000, 10, clock.now)
    await expect(latest.get()).rejects.toThrow('no such program')
    fails = false
    latest.expire()
    expect(await latest.get()).toBe(5)
  })
})

describe('the facts of the host', () => {
  it('name the machine and its system', async () => {
    const host = await readHost(rootsOf({}, {}))
    expect(host.hostname).not.toBe('')
    expect(host.os).not.toBe('')
    expect(host.cores).toBeGreaterThanOrEqual(host.physical_cores)
  })

  it('are looked up once, after the first reading', async () => {
    const source = createSystemInfo({ settleMs: 0, sensors: false })
    const last = await source.collect(0, undefined, never)
    expect(source.host).toBeUndefined()
    const host = await until(() => source.host)
    await source.collect(1000, last, never)
    await sleep(1500)
    expect(source.host).toBe(host)
    expect(source.families(last).map((family) => family.name)).toContain('system_host')
    await source.close()
  })

  it('are not looked up when switched off, nor after the end', async () => {
    const off = createSystemInfo({ settleMs: 0, sensors: false, host: false })
    const ended = createSystemInfo({ settleMs: 0, sensors: false })
    for (const source of [off, ended]) await source.collect(0, undefined, never)
    await ended.close()
    await sleep(2500)
    expect([off.host, ended.host]).toEqual([undefined, undefined])
    await off.close()
  })

  it('come from the files of another root where one is mounted', async () => {
    const roots = rootsOf({ root: machine('foreign-root') }, {})
    expect(await readHost(roots)).toMatchObject({ hostname: 'nas', os: 'Alpine Linux v3.20' })
  })
})
