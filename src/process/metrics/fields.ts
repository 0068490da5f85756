/**
 * Fields of a metric: their names and types, and what values may be.
 *
 * Both are checked when a metric is made and when a stream begins, not at each record: a value of another type finds no
 * stream, and is refused there.
 * Source: luci-go `common/tsmon/field`.
 */

/** Type of a field. */
export type FieldType = 'string' | 'int' | 'bool'
/** Names of fields with their types. */
export type FieldTypes = Readonly<Record<string, FieldType>>
/** Value of a field. */
export type FieldValue = string | number | boolean

/** Values for these fields. */
export type FieldsOf<Types extends FieldTypes> = {
  readonly [Name in keyof Types]: Types[Name] extends 'string'
    ? string
    : Types[Name] extends 'int'
      ? number
      : boolean
}

/** What is given beside a value: nothing for a metric without fields. */
export type Given<Types extends FieldTypes> = [keyof Types] extends [never]
  ? // biome-ignore lint/suspicious/noConfusingVoidType: a parameter of type void may be left out
    void
  : FieldsOf<Types>

/** Fields of a metric at most. */
const MAX_FIELDS = 16
/** Characters of a text; what is over is cut, so that streams stay small. */
const MAX_FIELD_LENGTH = 256

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const TYPES: readonly string[] = ['string', 'int', 'bool'] satisfies FieldType[]

/** @throws TypeError for a name or a type that is not allowed, RangeError for too many. */
export function checkFieldTypes(metric: string, types: FieldTypes, reserved: readonly string[]): void {
  const names = Object.keys(types)
  if (names.length > MAX_FIELDS)
    throw new RangeError(`cannot make metric ${metric}: it has ${names.length} fields, at most ${MAX_FIELDS}`)
  for (const name of names) {
    const refuse = (reason: string) => {
      throw new TypeError(`cannot make metric ${metric}: field ${JSON.stringify(name)} ${reason}`)
    }
    if (!NAME.test(name)) refuse('is no name: allowed are A-Z a-z 0-9 _, a letter or _ first')
    if (name.startsWith('__')) refuse('begins with __, which Prometheus keeps for itself')
    if (reserved.includes(name)) refuse('is taken: Prometheus needs this label')
    if (!TYPES.includes(types[name]!)) refuse(`is of type ${types[name]}: allowed are ${TYPES.join(', ')}`)
  }
}

/**
 * Values in the order of their names, texts cut to 256 characters.
 *
 * @throws TypeError for a field that is missing, unknown, or of another type.
 */
export function checkFields(
  metric: string,
  types: FieldTypes,
  fields: Readonly<Record<string, unknown>> | undefined,
): FieldValue[] {
  const names = Object.keys(types)
  const given = fields ?? {}
  for (const name in given) {
    if (!Object.hasOwn(types, name))
      throw new TypeError(
        `cannot record ${metric}: it has no field ${name}; its fields are ${names.join(', ') || 'none'}`,
      )
  }
  return names.map((name) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined
    if (!isOfType(value, types[name]!))
      throw new TypeError(`cannot record ${metric}: field ${name} must be ${types[name]}, not ${told(value)}`)
    return typeof value === 'string' ? value.slice(0, MAX_FIELD_LENGTH) : value
  })
}

function isOfType(value: unknown, type: FieldType): value is FieldValue {
  if (type === 'int') return Number.isSafeInteger(value)
  return typeof value === (type === 'bool' ? 'boolean' : type)
}

function told(value: unknown): string {
  return value === undefined ? 'missing' : `${typeof value} ${String(value).slice(0, 40)}`
}
