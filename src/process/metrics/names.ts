/** Names of metrics, and of their Prometheus families. Source of the form: luci-go `common/tsmon/types`. */
import type { ValueType } from './metric.ts'
import { baseOf, type Unit } from './units.ts'

const NAME = /^(?:\/[a-zA-Z0-9_-]+)+$/
const FAMILY = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const MAX_NAME = 256

/**
 * The whole name: the prefix and the name, or the name alone where it begins with `/`; without a `/` in front.
 *
 * @throws TypeError for anything but words of A-Z a-z 0-9 _ - with one `/` between them.
 */
export function wholeName(name: string, prefix: string): string {
  const path = name.startsWith('/') ? name : `${prefix}/${name}`
  if (path.length > MAX_NAME || !NAME.test(path))
    throw new TypeError(
      `cannot make metric ${JSON.stringify(name)}: a name is words of A-Z a-z 0-9 _ - with one / between them, ${MAX_NAME} characters at most`,
    )
  return path.slice(1)
}

/** What of a metric decides on its family. */
export interface Told {
  readonly name: string
  readonly unit: Unit | undefined
  readonly family: string | undefined
  readonly valueType: ValueType
  readonly cumulative: boolean
}

/**
 * Name of a metric's family without `_total`.
 *
 * @throws TypeError for a name that Prometheus does not allow.
 */
export function familyName({ name, unit, family }: Told): string {
  if (family !== undefined) {
    if (FAMILY.test(family)) return family
    throw new TypeError(
      `cannot make metric ${name}: family ${JSON.stringify(family)} is no name: allowed are A-Z a-z 0-9 _`,
    )
  }
  const word = name.replace(/[/-]/g, '_').replace(/^(?=\d)/, '_')
  const suffix = baseOf(unit)?.suffix
  const based = suffix === undefined || word.endsWith(`_${suffix}`) ? word : `${word}_${suffix}`
  return based.replace(/(?<=.)_total$/, '')
}

/** Every name that a family takes in either text form: no other family may have one of them. */
export function takenNames(family: string, { valueType, cumulative }: Told): string[] {
  if (valueType === 'distribution')
    return ['', '_bucket', '_sum', '_count', '_gcount', '_gsum'].map((suffix) => family + suffix)
  if (valueType === 'string') return [family, `${family}_info`]
  return cumulative ? [family, `${family}_total`] : [family]
}
