/**
 * A sample as one flat document: what a store of documents can index and chart field by field.
 *
 * Keys inside each other are joined by dots: `memory.used`. A list of numbers stays a list. Any other list becomes fields of its
 * items, by the item's `name` or `label` where each has one of its own, else by its place: `sensors.nvme_composite.temperature`.
 */
import type { Fields } from '../period/index.ts'

/** Fields of one document; further ones are left out. */
const MAX_FIELDS = 20_000
/** Objects inside each other; deeper ones are left out. */
const MAX_DEPTH = 32
/** Keys whose text names an item of a list, the first that all items have. */
const ITEM_NAMES = ['name', 'label'] as const

type Written = Record<string, Fields[string]>

/**
 * Flattens anything that could be JSON. What JSON cannot say (undefined, functions, NaN, infinities) is left out; of two
 * fields that end with one name the later one stands. A value that is no object is a document of one field, `value`.
 */
export function flatten(value: unknown): Fields {
  const fields: Written = {}
  const plain = plainOf(value)
  if (typeof plain === 'object' && plain !== null) put(fields, '', plain, { left: MAX_FIELDS }, 0)
  else putOne(fields, 'value', plain, { left: MAX_FIELDS }, 0)
  return fields
}

interface Room {
  left: number
}

function put(fields: Written, prefix: string, object: object, room: Room, depth: number): void {
  if (depth > MAX_DEPTH) return
  if (Array.isArray(object)) {
    const names = namesOf(object)
    for (let i = 0; i < object.length; i++) putOne(fields, prefix + names[i], object[i], room, depth)
    return
  }
  for (const key of Object.keys(object))
    putOne(fields, prefix + key, (object as Record<string, unknown>)[key], room, depth)
}

function putOne(fields: Written, name: string, given: unknown, room: Room, depth: number): void {
  const value = plainOf(given)
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) return
      break
    case 'bigint':
    case 'string':
    case 'boolean':
      break
    case 'object':
      if (value === null || isNumbers(value)) break
      put(fields, `${name}.`, value, room, depth + 1)
      return
    default:
      return
  }
  if (room.left <= 0 || name === '__proto__') return
  room.left--
  fields[name] = value as Fields[string]
}

/** What JSON would say of it. */
function plainOf(value: unknown): unknown {
  const { toJSON } = (value ?? {}) as { toJSON?: unknown }
  return typeof toJSON === 'function' ? toJSON.call(value, '') : value
}

function isNumbers(value: object): boolean {
  return Array.isArray(value) && value.every((item) => Number.isFinite(item) || typeof item === 'bigint')
}

/** A name for each item: its own, where every item has one and no two have the same, else its place. */
function namesOf(list: readonly unknown[]): readonly (string | number)[] {
  for (const key of ITEM_NAMES) {
    const names = list.map((item) => (item as Record<string, unknown> | null | undefined)?.[key])
    if (
      names.every((name) => typeof name === 'string' && name !== '') &&
      new Set(names).size === names.length
    )
      return names as string[]
  }
  return list.map((_, i) => i)
}
