/** Units of metrics, and what each is in the base units of Prometheus. Source: luci-go `common/tsmon/types/units.go`. */

interface Base {
  /** What the family's name ends with. */
  readonly suffix: string
  /** This many base units are one; or one base unit is so many: the other of the two is 1. */
  readonly times: number
  readonly per: number
}

function base(suffix: string, { times = 1, per = 1 } = {}): Base {
  return { suffix, times, per }
}

const UNITS = {
  s: base('seconds'),
  ms: base('seconds', { per: 1e3 }),
  us: base('seconds', { per: 1e6 }),
  ns: base('seconds', { per: 1e9 }),
  B: base('bits'),
  By: base('bytes'),
  kBy: base('bytes', { times: 1e3 }),
  MBy: base('bytes', { times: 1e6 }),
  GBy: base('bytes', { times: 1e9 }),
  kiBy: base('bytes', { times: 2 ** 10 }),
  MiBy: base('bytes', { times: 2 ** 20 }),
  GiBy: base('bytes', { times: 2 ** 30 }),
  A: base('amperes'),
  mA: base('amperes', { per: 1e3 }),
  Cel: base('celsius'),
} as const satisfies Record<string, Base>

/** Unit of a metric: times, bits (`B`) and bytes (`By`), amperes, degrees Celsius. */
export type Unit = keyof typeof UNITS

/** The base unit of a unit; none for none. @throws TypeError for a unit that is not known. */
export function baseOf(unit: Unit | undefined): Base | undefined {
  if (unit === undefined) return undefined
  if (!Object.hasOwn(UNITS, unit))
    throw new TypeError(`unknown unit ${JSON.stringify(unit)}: allowed are ${Object.keys(UNITS).join(', ')}`)
  return UNITS[unit]
}

/** A number in its base unit. A division by 1000 is exact where a multiplication by 0.001 is not. */
export function inBase(value: number, base: Base | undefined): number {
  return base === undefined ? value : (value * base.times) / base.per
}
