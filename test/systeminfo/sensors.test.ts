import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { distinctNames, parseMillidegrees, sensorName } from '../../src/systeminfo/hwmon.ts'
import { LOOK_UP_INTERVAL_MS, SENSORS_INTERVAL_MS, SensorsReader } from '../../src/systeminfo/sensors.ts'
import { until } from '../support/until.ts'
import { Clock, machine, readingOf } from './fixtures.ts'

const readers: SensorsReader[] = []
const folders: string[] = []
afterEach(async () => {
  for (const reader of readers.splice(0)) await reader.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function readerOf(sys: string, clock = new Clock()): SensorsReader {
  const reader = new SensorsReader(sys, clock.now)
  readers.push(reader)
  return reader
}

async function temperatures(name: string): Promise<Record<string, number>> {
  const sensors = await readingOf(readerOf(`${machine(name)}/sys`))
  return Object.fromEntries(sensors.map((sensor) => [sensor.name, sensor.temperature]))
}

/** A copy of a machine's `/sys` that may be changed. */
function copyOf(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'treering-sensors-'))
  folders.push(folder)
  cpSync(`${machine(name)}/sys`, folder, { recursive: true, verbatimSymlinks: true })
  return folder
}

describe('sensors', () => {
  it('reads all chips of a laptop, and tells equal names apart', async () => {
    expect(await temperatures('laptop')).toEqual({
      acpitz: 27.8,
      acpitz_2: 29.8,
      nvme_composite: 31.85,
      nvme_composite_2: 35.85,
      thinkpad_cpu: 51,
      thinkpad: 0,
      coretemp_package_id_0: 51,
      coretemp_core_0: 49,
      coretemp_core_1: 51,
      coretemp_core_8: 50,
      k10temp_tctl: 45.5,
      k10temp_tccd1: 44.25,
    })
  })

  it('skips a sensor that answers with an error, and says nothing of it', async () => {
    const names = Object.keys(await temperatures('laptop'))
    expect(names).not.toContain('iwlwifi_1')
    expect(names).not.toContain('thinkpad_gpu')
  })

  it('takes chips and sensors in the order of their numbers', async () => {
    const names = Object.keys(await temperatures('storage-server'))
    expect(names.at(0)).toBe('coretemp_package_id_0')
    expect(names.at(-1)).toBe('drivetemp')
  })

  it('gives the limits of a device, and null where it has none', async () => {
    const sensors = await readingOf(readerOf(`${machine('storage-server')}/sys`))
    expect(sensors.find((sensor) => sensor.name === 'nvme_sensor_1_2')).toEqual({
      name: 'nvme_sensor_1_2',
      temperature: 41.85,
      high: 65_261.85,
      critical: null,
    })
  })

  it('reads thermal zones where there are no chips', async () => {
    const sensors = await readingOf(readerOf(`${machine('raspberry-pi')}/sys`))
    expect(sensors).toEqual([{ name: 'cpu-thermal', temperature: 48.312, high: 85, critical: 110 }])
  })

  it("finds the files of an old kernel in the device's folder", async () => {
    expect(await temperatures('linux-2.6.32')).toEqual({ w83627hf: 42 })
  })

  it('gives an empty list on a machine without sensors', async () => {
    expect(await temperatures('container')).toEqual({})
  })

  it('reads new values through the descriptors it keeps, and frees them at the end', async () => {
    const sys = copyOf('raspberry-pi')
    const clock = new Clock()
    const reader = readerOf(sys, clock)
    await readingOf(reader)
    clock.ms += SENSORS_INTERVAL_MS
    writeFileSync(`${sys}/class/thermal/thermal_zone0/temp`, '50000\n')
    expect((await readingOf(reader))[0]!.temperature).toBe(50)
    expect(openIn(sys)).toBe(1)
    await reader.close()
    expect(openIn(sys)).toBe(0)
    clock.ms += SENSORS_INTERVAL_MS
    expect(await readingOf(reader)).toEqual([])
    expect(openIn(sys)).toBe(0)
  })

  it('reads all sensors in turn when there are more than one round reads', async () => {
    const sys = mkdtempSync(join(tmpdir(), 'treering-sensors-'))
    folders.push(sys)
    const chip = `${sys}/class/hwmon/hwmon0`
    mkdirSync(chip, { recursive: true })
    writeFileSync(`${chip}/name`, 'many\n')
    const all = Array.from({ length: 20 }, (_, i) => i + 1)
    const write = (value: number) =>
      all.map((n) => writeFileSync(`${chip}/temp${n}_input`, `${value * 1000}\n`))
    write(40)
    const clock = new Clock()
    const reader = readerOf(sys, clock)
    expect((await readingOf(reader)).map((sensor) => sensor.temperature)).toEqual(all.map(() => 40))
    write(50)
    const warm = async () => {
      clock.ms += SENSORS_INTERVAL_MS
      return (await readingOf(reader)).filter((sensor) => sensor.temperature === 50).length
    }
    expect([await warm(), await warm(), await warm()]).toEqual([16, 20, 20])
  })

  it('reads temperatures no more often than they change', async () => {
    const clock = new Clock()
    const reader = readerOf(copyOf('raspberry-pi'), clock)
    expect(reader.due).toBe(true)
    const first = await readingOf(reader)
    expect(reader.due).toBe(false)
    expect(reader.latest).toBe(first)
    clock.ms += SENSORS_INTERVAL_MS
    expect(reader.due).toBe(true)
  })

  it('looks without a wait, and knows a while later what it began to read', async () => {
    const sys = copyOf('raspberry-pi')
    const clock = new Clock()
    const reader = readerOf(sys, clock)
    expect(reader.look()).toEqual([])
    await until(() => reader.look()[0]?.temperature === 48.312)
    clock.ms += SENSORS_INTERVAL_MS
    writeFileSync(`${sys}/class/thermal/thermal_zone0/temp`, '50000\n')
    expect(reader.look()[0]!.temperature).toBe(48.312)
    await until(() => reader.look()[0]!.temperature === 50)
    expect(reader.due).toBe(false)
  })

  it('tells why they cannot be looked up, and reads them once they can', async () => {
    const sys = mkdtempSync(join(tmpdir(), 'treering-sensors-'))
    folders.push(sys)
    mkdirSync(`${sys}/class`)
    writeFileSync(`${sys}/class/hwmon`, 'no folder')
    const clock = new Clock()
    const reader = readerOf(sys, clock)
    for (const _ of [1, 2]) await expect(readingOf(reader)).rejects.toThrow('ENOTDIR')
    rmSync(`${sys}/class/hwmon`)
    cpSync(`${machine('raspberry-pi')}/sys`, sys, { recursive: true, verbatimSymlinks: true })
    clock.ms += SENSORS_INTERVAL_MS
    expect((await readingOf(reader))[0]!.temperature).toBe(48.312)
  })

  it('leaves out a sensor that is gone and takes up one that has come', async () => {
    const sys = copyOf('laptop')
    const clock = new Clock()
    const reader = readerOf(sys, clock)
    const before = await readingOf(reader)
    renameSync(`${sys}/class/hwmon/hwmon7`, `${sys}/class/hwmon/gone`)
    clock.ms += LOOK_UP_INTERVAL_MS
    const less = await readingOf(reader)
    expect(less).toHaveLength(before.length - 2)
    renameSync(`${sys}/class/hwmon/gone`, `${sys}/class/hwmon/hwmon7`)
    clock.ms += LOOK_UP_INTERVAL_MS
    await readingOf(reader)
    clock.ms += SENSORS_INTERVAL_MS
    expect(await readingOf(reader)).toEqual(before)
  })
})

describe('names of sensors', () => {
  it('join chip and label in small letters', () => {
    expect(sensorName('coretemp\n', 'Package id 0\n')).toBe('coretemp_package_id_0')
    expect(sensorName('acpitz')).toBe('acpitz')
  })

  it('are made distinct without taking the name another has', () => {
    expect(distinctNames(['a', 'a', 'a_2', 'a'])).toEqual(['a', 'a_3', 'a_2', 'a_4'])
    expect(distinctNames(['a', 'b', 'a'])).toEqual(['a', 'b', 'a_2'])
  })
})

describe('thousandths of a degree', () => {
  it('become degrees, below zero too', () => {
    expect(parseMillidegrees('48312\n')).toBe(48.312)
    expect(parseMillidegrees('-5000\n')).toBe(-5)
  })

  it('are null for what is no number', () => {
    for (const text of ['', 'N/A', '12 34', '1e3']) expect(parseMillidegrees(text)).toBeNull()
  })
})

function openIn(folder: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder)
    } catch {
      return false
    }
  }).length
}
