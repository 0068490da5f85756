/**
 * A shipment as one line of a spool: `{"n":1,"id":…,"source":…,"typeName":…,"at":…,"documents":[…],"families":[…]}`.
 *
 * What JSON cannot say without loss is an object of one key, `$`: an integer beyond 2^53, NaN, an infinity. No field of a document
 * and no value of a point is an object otherwise.
 */
import type { Shipment } from '../recorder.ts'

/** A shipment, and how many documents or points it is. */
export interface Spooled {
  readonly shipment: Shipment
  readonly count: number
}

/** The line of a shipment, without its line break. */
export function lineOf({ shipment, count }: Spooled): string {
  const { id, source, typeName, at, documents, families } = shipment
  const whole = { n: count, id, source, typeName, at, documents, families }
  // Points may be NaN, which JSON would quietly make null.
  return families.length > 0 ? JSON.stringify(whole, exact) : quickly(whole)
}

function quickly(whole: object): string {
  try {
    return JSON.stringify(whole)
  } catch {
    return JSON.stringify(whole, exact)
  }
}

function exact(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { $: value.toString() }
  return typeof value === 'number' && !Number.isFinite(value) ? { $: String(value) } : value
}

/** The shipment of a line; undefined for one that was cut, or is of somebody else. */
export function parseLine(line: string): Spooled | undefined {
  try {
    const { n, ...shipment } = JSON.parse(line) as Shipment & { n: number }
    const { source, typeName, at, documents, families } = shipment
    const lawful =
      Number.isSafeInteger(n) &&
      typeof source === 'string' &&
      typeof typeName === 'string' &&
      Number.isFinite(at) &&
      Array.isArray(documents) &&
      Array.isArray(families)
    if (!lawful) return undefined
    for (const fields of documents) if (!restore(fields)) return undefined
    for (const { points } of families) for (const point of points) if (!restore(point)) return undefined
    return { shipment, count: n }
  } catch {
    return undefined
  }
}

/** Puts the numbers back that JSON cannot say. False for what is no object. */
function restore(object: object | null): boolean {
  if (typeof object !== 'object' || object === null) return false
  const values = object as Record<string, unknown>
  for (const key in values) {
    const value = values[key]
    if (typeof value !== 'object' || value === null) continue
    const text = (value as { $?: unknown }).$
    if (typeof text === 'string') values[key] = /^-?\d+$/.test(text) ? BigInt(text) : Number(text)
    else if (Array.isArray(value)) restore(value)
  }
  return true
}

const COUNT = /^\{"n":(\d{1,9}),/

/** Documents or points of a line without reading all of it; 0 for one that is none. */
export function countOfLine(beginning: string): number {
  return Number(COUNT.exec(beginning)?.[1] ?? 0)
}
