/** A sample on its way: what recorders ship of it, and how much that is. */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { AnySource, Fields } from '../period/index.ts'
import { flatten } from './flatten.ts'
import type { Recorder, Shipment } from './recorder.ts'

/** Which parts of a sample are asked for. */
export type Takes = Recorder['takes']

/** Makes shipments whose ids no other process, and no other run of this one, makes again. */
export class Shipper {
  readonly #run = randomBytes(9).toString('base64url')
  /** Source of the name: Elastic Common Schema. A document's own wins. */
  readonly #host: Fields = { 'host.name': hostname() }
  #count = 0

  /**
   * @param typeName The reader's `type_name`; its name where it has none.
   * @param at Unix milliseconds of the sample.
   * @param takes Parts that nobody takes are not made.
   * @param elsewhere Whether it tells of something that may run on another machine: its documents do not name this one.
   */
  ship(
    source: AnySource,
    typeName: string,
    sample: unknown,
    at: number,
    takes: ReadonlySet<Takes>,
    elsewhere = false,
  ): Shipment {
    const documents = takes.has('documents') ? (source.documents?.(sample) ?? [flatten(sample)]) : []
    return {
      // Ids that grow are found faster by a store than scattered ones.
      id: `${this.#run}${(this.#count++).toString(36).padStart(8, '0')}`,
      source: source.name,
      typeName,
      at,
      documents: elsewhere ? documents : documents.map((fields) => ({ ...this.#host, ...fields })),
      families: takes.has('families') ? (source.families?.(sample) ?? []) : [],
    }
  }
}

/** Documents, or points, of a shipment. */
export function countOf(shipment: Shipment, takes: Takes): number {
  if (takes === 'documents') return shipment.documents.length
  return shipment.families.reduce((sum, { points }) => sum + points.length, 0)
}

/** Bytes of a number in JSON, about. */
const NUMBER_BYTES = 12
/** Quotes, colon and comma of a field. */
const FIELD_BYTES = 4
/** What a shipment takes beside its fields: time, names, id. */
const SHIPMENT_BYTES = 160

/** Bytes of a shipment as JSON, about: for limits, without making that JSON. */
export function bytesOf(shipment: Shipment, takes: Takes): number {
  let bytes = SHIPMENT_BYTES
  if (takes === 'documents') {
    for (const fields of shipment.documents) {
      for (const key in fields) {
        const value = fields[key]!
        bytes += key.length + FIELD_BYTES
        if (typeof value === 'string') bytes += value.length
        else bytes += NUMBER_BYTES * (Array.isArray(value) ? value.length : 1)
      }
    }
    return bytes
  }
  for (const { name, points } of shipment.families) {
    for (const { labels = {}, suffix = '' } of points) {
      bytes += name.length + suffix.length + NUMBER_BYTES * 2
      for (const label in labels) bytes += label.length + labels[label]!.length + FIELD_BYTES
    }
  }
  return bytes
}
