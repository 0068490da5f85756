import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readStat, type Stat } from '../../src/period/index.ts'
import { Entries, encodeEntry } from '../../src/systeminfo/entry.ts'
import type { SystemInfoEntry, SystemInfoSample } from '../../src/systeminfo/index.ts'
import { original } from './fixtures.ts'
import { anySample, sampleAt } from './samples.ts'

const decode = (json: unknown): SystemInfoEntry => new Entries().decode(json)
const through = (json: unknown) => decode(JSON.parse(JSON.stringify(json)))

function fold(samples: readonly SystemInfoSample[]): SystemInfoEntry {
  const entries = new Entries()
  return samples.reduce<SystemInfoEntry | undefined>(
    (entry, sample) => entries.reduce(entry, sample),
    undefined,
  )!
}

/** The statistics of an entry, per aggregate, per key. */
function statsOf(entry: SystemInfoEntry): Record<string, Record<string, Stat>> {
  return entry.stats.encode()
}

describe('an entry', () => {
  it('keeps the newest sample and the statistics of all', () => {
    const entry = fold([
      sampleAt(1, { cpu_average: 10 }),
      sampleAt(2, { cpu_average: 50 }),
      sampleAt(3, { cpu_average: 0 }),
    ])
    expect(entry).toMatchObject({ timestamp: 3, samples: 3, last: { timestamp: 3, cpu_average: 0 } })
    expect(statsOf(entry).cpu_average).toEqual({ cpu_average: [3, 60, 0, 50] })
  })

  it('counts only the samples that have a value', () => {
    const entry = fold([sampleAt(1, { cpu_average: null }), sampleAt(2, { cpu_average: 4 })])
    expect(statsOf(entry).cpu_average).toEqual({ cpu_average: [1, 4, 4, 4] })
    expect(entry.samples).toBe(2)
  })

  it('folds one sample into many rings alike, each with statistics of its own', () => {
    const entries = new Entries()
    const rings: (SystemInfoEntry | undefined)[] = [undefined, undefined, undefined]
    for (const sample of [sampleAt(1, { cpu_average: 1 }), sampleAt(2, { cpu_average: 3 })]) {
      for (let ring = 0; ring < rings.length; ring++) rings[ring] = entries.reduce(rings[ring], sample)
    }
    const fresh = entries.reduce(undefined, rings[0]!.last)
    expect(rings.map((entry) => statsOf(entry!).cpu_average)).toEqual(
      Array(3).fill({ cpu_average: [2, 4, 1, 3] }),
    )
    expect(statsOf(fresh).cpu_average).toEqual({ cpu_average: [1, 3, 3, 3] })
  })

  it('agrees with a naive model on count, mean, least and greatest', () => {
    fc.assert(
      fc.property(fc.array(anySample(), { minLength: 1, maxLength: 20 }), (samples) => {
        const entry = fold(samples)
        const values = new Map<string, number[]>()
        const push = (key: string, value: number | null | undefined) => {
          if (value !== null && value !== undefined) values.set(key, [...(values.get(key) ?? []), value])
        }
        for (const sample of samples) {
          push('cpu_average.cpu_average', sample.cpu_average)
          push('memory_usage.memory_usage', sample.memory?.used)
          for (const [name, disk] of Object.entries(sample.disks_io ?? {}))
            push(`disks_read_speed.${name}`, disk.read_speed)
          for (const { name, temperature } of sample.sensors ?? [])
            push(`sensor_temperature.${name}`, temperature)
        }
        for (const [key, all] of values) {
          const [aggregate, name] = key.split('.') as [string, string]
          const stat = statsOf(entry)[aggregate]![name]!
          expect(stat[0]).toBe(all.length)
          expect(readStat(stat, 'mean')).toBeCloseTo(all.reduce((a, b) => a + b) / all.length, 4)
          expect([readStat(stat, 'min'), readStat(stat, 'max')]).toEqual([Math.min(...all), Math.max(...all)])
        }
        expect(entry.timestamp).toBe(Math.max(...samples.map((sample) => sample.timestamp)))
      }),
    )
  })

  it('is the same in whatever order its samples come, but for the rounding of sums', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anySample(), { minLength: 1, maxLength: 8, selector: (s) => s.timestamp }),
        (samples) => {
          const there = fold(samples)
          const back = fold(samples.toReversed())
          expect(back.last).toBe(there.last)
          for (const [aggregate, stats] of Object.entries(statsOf(there))) {
            for (const [key, [count, , min, max]] of Object.entries(stats)) {
              expect(statsOf(back)[aggregate]![key]).toMatchObject([count, expect.any(Number), min, max])
            }
          }
        },
      ),
    )
  })
})

describe('an entry on disk', () => {
  it('is the newest sample in the keys of the original, with two keys more', () => {
    const entry = fold([sampleAt(1), sampleAt(2)])
    const { timestamp, cpu_average, memory, disks, disks_io, network, sensors } = sampleAt(2)
    const { interfaces: _, ...sums } = network!
    const sample = { timestamp, cpu_average, memory, disks, disks_io, network: sums, sensors }
    expect(JSON.parse(JSON.stringify(encodeEntry(entry)))).toEqual({
      ...sample,
      samples: 2,
      stats: entry.stats.encode(),
    })
  })

  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(anySample(), { minLength: 1, maxLength: 5 }), (samples) => {
        const entry = fold(samples)
        const json = JSON.parse(JSON.stringify(encodeEntry(entry)))
        const back = decode(json)
        expect(back.samples).toBe(entry.samples)
        expect(JSON.parse(JSON.stringify(back.stats.encode()))).toEqual(
          JSON.parse(JSON.stringify(entry.stats.encode())),
        )
        expect(JSON.parse(JSON.stringify(encodeEntry(back)))).toEqual(json)
      }),
    )
  })

  it('goes on from where it was', () => {
    const maker = new Entries()
    const entry = maker.decode(
      JSON.parse(JSON.stringify(encodeEntry(fold([sampleAt(1, { cpu_average: 2 })])))),
    )
    const next = maker.reduce(entry, sampleAt(2, { cpu_average: 4 }))
    expect(next).toMatchObject({ timestamp: 2, samples: 2, last: { timestamp: 2 } })
    expect(next.stats.encode().cpu_average).toEqual({ cpu_average: [2, 6, 2, 4] })
  })

  it('has the statistics of its sample where its own are missing or wrong', () => {
    const json = {
      ...sampleAt(1, { cpu_average: 7 }),
      samples: -1,
      stats: { cpu_average: { cpu_average: [1, 2] }, x: 5 },
    }
    expect(decode(json).samples).toBe(1)
    expect(decode(json).stats.encode().cpu_average).toEqual({ cpu_average: [1, 7, 7, 7] })
    expect(decode({ ...json, stats: 'none' }).stats.encode().cpu_average).toEqual({
      cpu_average: [1, 7, 7, 7],
    })
  })

  it('is read from every entry of the original program’s file', () => {
    const file = original('data-system_info') as {
      entries: Record<string, { entries: { timestamp: number }[] }>
    }
    const all = Object.values(file.entries).flatMap((ring) => ring.entries)
    const entries = all.map((json) => decode(json))
    expect(entries).toHaveLength(219)
    expect(entries.map((entry) => entry.timestamp)).toEqual(all.map((json) => json.timestamp))
    expect(entries[0]!.last).toMatchObject({
      cpu_average: 23.469387755115772,
      memory: { total: 25_276_518_400, available: 24_389_914_624, used: 886_603_776, free: null },
      disks: { '/dev/vda': { path: '/', fstype: 'ext2/ext3', used: 16_903_753_728 } },
      disks_io: {
        vda: { read_bytes: 5_809_173_504, write_count: 419_264, iops: 139, read_speed: 1_318_912 },
      },
      network: { bytes_sent: 36_555_518_723, download_speed: 1_901_442 },
      sensors: [],
    })
    expect(entries.every((entry) => entry.samples === 1 && statsOf(entry).disks_iops!.vda)).toBeTruthy()
  })

  it('is read in the documented spelling, and with parts that are null or absent', () => {
    const disk = {
      name: 'sda',
      read_bytes: 1,
      write_bytes: 2,
      read_count: 3,
      write_count: 4,
      iops: 5,
      read_speed: 6,
      write_speed: 7,
    }
    const entry = decode({
      timestamp: 5,
      cpu_average: null,
      disks_io: { sda: disk },
      sensors: null,
      memory: null,
    })
    expect(entry.last).toMatchObject({
      disks_io: { sda: disk },
      sensors: null,
      memory: null,
      network: null,
      swap: null,
    })
  })

  it('takes what the original calls tmpfs for the file system at its mount point', () => {
    const disk = { path: '/mnt/a', fstype: 'tmpfs', total: 8, free: 6, used: 2, used_percent: 25 }
    const entry = decode({
      timestamp: 5,
      disks: { tmpfs: disk, overlay: { ...disk, path: '/', fstype: 'overlay' } },
    })
    expect(Object.keys(entry.last.disks!)).toEqual(['/mnt/a', 'overlay'])
    expect(entry.stats.encode().disk_usage).toEqual({ '/mnt/a': [1, 2, 2, 2], overlay: [1, 2, 2, 2] })
  })

  it.each([[null], ['text'], [5], [[]], [{}], [{ timestamp: '2024-01-01' }]])(
    'is refused when it is %j',
    (json) => {
      expect(() => decode(json)).toThrow(
        expect.objectContaining({
          code: 'corrupt',
          message: expect.stringContaining('no object with a timestamp'),
        }),
      )
    },
  )

  it.each([
    [{ cpu_average: 'high' }, 'cpu_average'],
    [{ memory: 5 }, 'memory'],
    [{ memory: { total: 1 } }, 'memory'],
    [{ disks: { '/': { path: 1 } } }, 'disks'],
    [{ disks_io: { sda: null } }, 'disks_io'],
    [{ sensors: {} }, 'sensors'],
    [{ sensors: [{ name: 'x' }] }, 'sensors'],
    [{ network: [] }, 'network'],
  ])('with a part that cannot be read, %j, keeps the rest', (wrong, part) => {
    const { last } = through({ ...sampleAt(7), ...wrong })
    expect(last).toMatchObject({ timestamp: 7, [part]: null, load: { load1: 1 } })
  })

  it('is opened or refused with a clear error, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (json, timed) => {
        const given = timed && typeof json === 'object' ? { ...json, timestamp: 5 } : json
        try {
          const entry = decode(given)
          expect([entry.last.timestamp, entry.samples >= 1]).toEqual([entry.timestamp, true])
        } catch (error) {
          expect(error).toMatchObject({ code: 'corrupt' })
        }
      }),
    )
  })
})
