import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aggregateRows } from '../../src/systeminfo/aggregate.ts'
import { Entries, encodeEntry } from '../../src/systeminfo/entry.ts'
import { AGGREGATE_NAMES, type SystemInfoEntry } from '../../src/systeminfo/index.ts'
import { original, query } from './fixtures.ts'
import { anySample, sampleAt } from './samples.ts'

const entries = new Entries()
const reduce = entries.reduce.bind(entries)
const decode = entries.decode.bind(entries)
const one = (...args: Parameters<typeof sampleAt>): SystemInfoEntry => reduce(undefined, sampleAt(...args))
const rows = (entries: SystemInfoEntry[], ...args: Parameters<typeof query>) =>
  aggregateRows(entries, query(...args)).data

describe('aggregates', () => {
  it.each([
    ['cpu_average', { cpu_average: 15 }],
    ['memory_usage', { memory_usage: 400 }],
    ['memory_usage_percent', { memory_usage_percent: 40 }],
    ['disks_read_speed', { sda: 100 }],
    ['disks_write_speed', { sda: 0 }],
    ['disks_iops', { sda: 3 }],
    ['disk_usage', { '/dev/sda1': 50 }],
    ['network_speed', { upload: 50, download: 70 }],
    ['network_transfer', { upload: 500, download: 700 }],
    ['sensor_temperature', { coretemp_core_0: 45.5 }],
    ['cpu_modes', { user: 10, nice: 0, system: 5, idle: 80, iowait: 5, irq: 0, softirq: 0, steal: 0 }],
    ['load_average', { load1: 1, load5: 2, load15: 3 }],
    ['swap_usage', { swap_usage: 0 }],
    ['swap_usage_percent', { swap_usage_percent: 0 }],
  ])('%s gives rows of %j', (aggregate, values) => {
    expect(rows([one(5)], aggregate)).toEqual([{ timestamp: 5, ...values }])
  })

  it('are these and no others', () => {
    expect(AGGREGATE_NAMES).toHaveLength(14)
  })

  it.each([undefined, '', 'cpu', 'toString', '__proto__', 'x'.repeat(500)])(
    'refuse %s and say what is allowed',
    (name) => {
      const error = {
        code: 'invalid',
        message: expect.stringMatching(
          /^(?:invalid aggregate ".{0,64}"|aggregate is missing): allowed are cpu_average, memory_usage, /,
        ),
      }
      expect(() => aggregateRows([], query(name))).toThrow(expect.objectContaining(error))
    },
  )

  it('leave out rows without a value, and keep zeros', () => {
    const all = [one(1, { cpu_average: null }), one(2, { cpu_average: 0 }), one(3, { cpu_average: 1 })]
    expect(aggregateRows(all, query('cpu_average'))).toEqual({
      total: 2,
      data: [
        { timestamp: 2, cpu_average: 0 },
        { timestamp: 3, cpu_average: 1 },
      ],
    })
    expect(rows([one(1, { sensors: [] }), one(2, { sensors: null })], 'sensor_temperature')).toEqual([])
  })

  it('give the mean, the least or the greatest of a slot', () => {
    const entry = reduce(one(1, { cpu_average: 10 }), sampleAt(2, { cpu_average: 30 }))
    const value = (stat: 'mean' | 'min' | 'max') => rows([entry], 'cpu_average', { stat })[0]!.cpu_average
    expect([value('mean'), value('min'), value('max')]).toEqual([20, 10, 30])
  })

  it('give the newest value of what only grows, whichever statistic is asked', () => {
    const entry = reduce(one(1), sampleAt(2, { network: { ...sampleAt(2).network!, bytes_sent: 900 } }))
    expect(rows([entry], 'network_transfer', { stat: 'min' })).toEqual([
      { timestamp: 2, upload: 900, download: 700 },
    ])
  })

  it('filter names of devices by the letters of the keyword, and nothing else', () => {
    const entry = one(1, {
      disks_io: {
        sda: { ...sampleAt(1).disks_io!.sda!, iops: 1 },
        nvme0n1: { ...sampleAt(1).disks_io!.sda!, iops: 2 },
      },
    })
    expect(rows([entry], 'disks_iops', { keyword: 'N1' })).toEqual([{ timestamp: 1, nvme0n1: 2 }])
    expect(rows([entry], 'disks_iops', { keyword: 'zzz' })).toEqual([])
    expect(rows([entry], 'cpu_average', { keyword: 'zzz' })).toHaveLength(1)
  })

  it('count all rows before limit and offset cut them', () => {
    const all = [1, 2, 3, 4, 5].map((timestamp) => one(timestamp))
    const times = (limit: number, offset: number) => {
      const { total, data } = aggregateRows(all, query('cpu_average', { limit, offset }))
      expect(total).toBe(5)
      return data.map((row) => row.timestamp)
    }
    expect(times(0, 0)).toEqual([1, 2, 3, 4, 5])
    expect(times(2, 0)).toEqual([1, 2])
    expect(times(2, 4)).toEqual([5])
    expect(times(0, 3)).toEqual([4, 5])
    expect(times(3, 9)).toEqual([])
  })

  it('show a device of any name, and take no harm from one', () => {
    const names = ['constructor', 'toString', '__proto__', 'hasOwnProperty']
    const sensors = names.map((name) => ({ name, temperature: 5, high: null, critical: null }))
    const entry = reduce(one(1, { sensors }), sampleAt(1, { sensors }))
    const row = rows([decode(JSON.parse(JSON.stringify(encodeEntry(entry))))], 'sensor_temperature')[0]!
    expect(row).toMatchObject({ timestamp: 1, constructor: 5, toString: 5, hasOwnProperty: 5 })
    expect(Object.hasOwn(Object.prototype, '0')).toBe(false)
  })

  it.each(['cpu_average', 'disk_usage', 'network_speed'])(
    'give the original’s rows of %s from the original’s samples',
    (name) => {
      const file = original('data-system_info') as { entries: Record<string, { entries: unknown[] }> }
      const ours = rows(
        file.entries['5m']!.entries.map((json) => decode(json)),
        name,
      )
      const theirs = (original(`agg_5m_${name}`) as { data: Record<string, number>[] }).data
      expect(Object.keys(ours[0]!).sort()).toEqual(Object.keys(theirs[0]!).sort())
      const times = new Map(ours.map((row) => [row.timestamp, row]))
      const both = theirs.filter((row) => times.has(row.timestamp!))
      expect(both.length).toBeGreaterThan(50)
      for (const row of both) expect(times.get(row.timestamp!)).toEqual(row)
    },
  )

  it('hold no number that is not finite, and rows in the order of their entries', () => {
    const anyEntries = fc.array(anySample().map((sample) => reduce(undefined, sample)))
    fc.assert(
      fc.property(anyEntries, fc.constantFrom(...AGGREGATE_NAMES), (all, aggregate) => {
        const { total, data } = aggregateRows(all, query(aggregate))
        expect(total).toBe(data.length)
        for (const row of data) expect(Object.values(row).every(Number.isFinite)).toBe(true)
        const times = all.map((entry) => entry.timestamp)
        let at = -1
        for (const row of data) {
          at = times.indexOf(row.timestamp, at + 1)
          expect(at).not.toBe(-1)
        }
      }),
    )
  })
})
