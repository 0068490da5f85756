/**
 * Which temperatures a machine has, from `/sys/class/hwmon`, or from `/sys/class/thermal` where there are none.
 * Names and limits do not change, so they are read once per device; the values are `sensors.ts`.
 * Source: the kernel's Documentation/hwmon/sysfs-interface.rst and Documentation/driver-api/thermal/sysfs-api.rst.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unlessMissing } from '../utils/index.ts'

/** Sensors in one reading at most. */
const MAX_SENSORS = 128

/** A temperature that can be read. */
export interface SensorFile {
  readonly name: string
  /** Holds thousandths of a degree. */
  readonly input: string
  /** °C; null where the device gives none. */
  readonly high: number | null
  readonly critical: number | null
}

/** Thousandths of a degree → degrees; null for what is no number. */
export function parseMillidegrees(text: string): number | null {
  return /^\s*-?\d+\s*$/.test(text) ? Number(text) / 1000 : null
}

/** Chip and label as one name: `coretemp`, `Core 0` → `coretemp_core_0`. */
export function sensorName(chip: string, label = ''): string {
  const words = (text: string) => text.trim().toLowerCase().split(/\s+/).filter(Boolean)
  return [...words(chip), ...words(label)].join('_')
}

/** Gives the second of a name `_2`, the third `_3`. A sensor of that very name keeps it. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set(names)
  const seen = new Set<string>()
  return names.map((name) => {
    let distinct = name
    for (let n = 2; seen.has(distinct) || (distinct !== name && taken.has(distinct)); n++)
      distinct = `${name}_${n}`
    seen.add(distinct)
    return distinct
  })
}

/** All temperatures, in the order of their chips and numbers. A chip that cannot be read is left out. */
export async function findSensors(sys: string): Promise<SensorFile[]> {
  const chips = await folders(join(sys, 'class/hwmon'), /^hwmon(\d+)$/)
  let found = (await Promise.all(chips.map(chipSensors))).flat()
  if (found.length === 0) {
    const zones = await folders(join(sys, 'class/thermal'), /^thermal_zone(\d+)$/)
    found = (await Promise.all(zones.map(zoneSensor))).flat()
  }
  found = found.slice(0, MAX_SENSORS)
  const names = distinctNames(found.map((sensor) => sensor.name))
  return found.map((sensor, i) => ({ ...sensor, name: names[i]! }))
}

async function chipSensors(chip: string): Promise<SensorFile[]> {
  // Drivers of before Linux 3.16 keep the files in the device's folder.
  for (const folder of [chip, join(chip, 'device')]) {
    const inputs = await numbered(folder, /^temp(\d+)_input$/).catch(() => [])
    if (inputs.length === 0) continue
    const name = (await text(join(folder, 'name'))) ?? (await text(join(chip, 'name')))
    if (name === undefined) return []
    return Promise.all(
      inputs.map(async (number) => {
        const file = (kind: string) => join(folder, `temp${number}_${kind}`)
        return {
          name: sensorName(name, await text(file('label'))),
          input: file('input'),
          high: parseMillidegrees((await text(file('max'))) ?? ''),
          critical: parseMillidegrees((await text(file('crit'))) ?? ''),
        }
      }),
    )
  }
  return []
}

async function zoneSensor(zone: string): Promise<SensorFile[]> {
  const type = await text(join(zone, 'type'))
  if (type === undefined) return []
  const limits = new Map<string, number | null>()
  for (const number of await numbered(zone, /^trip_point_(\d+)_type$/)) {
    const kind = (await text(join(zone, `trip_point_${number}_type`)))?.trim()
    const limit = parseMillidegrees((await text(join(zone, `trip_point_${number}_temp`))) ?? '')
    if (kind !== undefined && !limits.has(kind)) limits.set(kind, limit)
  }
  return [
    {
      name: sensorName(type),
      input: join(zone, 'temp'),
      high: limits.get('hot') ?? null,
      critical: limits.get('critical') ?? null,
    },
  ]
}

async function folders(path: string, pattern: RegExp): Promise<string[]> {
  const numbers = await numbered(path, pattern)
  const prefix = pattern.source.slice(1, pattern.source.indexOf('('))
  return numbers.map((number) => join(path, prefix + number))
}

/** The numbers in a folder's matching names, least first; none if there is no such folder. @throws Why it cannot be read. */
async function numbered(folder: string, pattern: RegExp): Promise<number[]> {
  const names = (await readdir(folder).catch(unlessMissing)) ?? []
  const numbers = names.flatMap((name) => pattern.exec(name)?.[1] ?? []).map(Number)
  return numbers.sort((a, b) => a - b)
}

async function text(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}
