/**
 * A document as JSON: `{"@timestamp":"2026-11-22T03:00:00.500Z","reader":"FirstApp","type_name":"my_app1",…fields}`: first those that its
 * recorder puts on each, then its own.
 *
 * Written by hand, not by `JSON.stringify`: nearly every document of a Go program holds an integer beyond 2^53 (`LastGC`), whose
 * digits are kept, and names of fields are the same in each document, so their quoted form is kept.
 */
import type { Fields } from '../period/index.ts'
import { exactJson } from '../utils/index.ts'
import type { Shipment } from './recorder.ts'

/** Different names of fields whose quoted form is kept; further ones are quoted each time. */
const MAX_NAMES = 20_000

/** Fields that every document has. */
export const OWN_FIELDS: ReadonlySet<string> = new Set(['@timestamp', 'reader', 'type_name'])

/**
 * Names that get a `_` behind them where a sample's own field has them: those above, and Elasticsearch's, with which it refuses a document.
 * Source: its reference, "Metadata fields".
 */
const TAKEN_FIELDS: ReadonlySet<string> = new Set([
  ...OWN_FIELDS,
  ...['_id', '_index', '_source', '_type', '_routing', '_field_names', '_ignored', '_nested_path'],
  ...['_seq_no', '_version', '_tier', '_doc_count'],
])

/** Fields that a recorder puts on each document; one of an empty text is left out, also where a document has it by itself. */
export type GivenFields = Readonly<Record<string, string>>

/** Writes documents; keeps the names of their fields. */
export class DocumentWriter {
  /** Names that are not a document's own; undefined where there are none. */
  readonly #given: ReadonlySet<string> | undefined
  /** The given ones, as they are written. */
  readonly #givenText: string
  readonly #names = new Map<string, string>()

  constructor(given: GivenFields = {}) {
    const names = Object.keys(given)
    this.#given = names.length === 0 ? undefined : new Set(names)
    this.#givenText = Object.entries(given)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`)
      .join('')
  }

  /** Different names of fields seen so far, those that all documents have left out. */
  get names(): number {
    return this.#names.size
  }

  /** What all documents of a shipment begin with. */
  begin(shipment: Shipment): string {
    const { source, typeName, at } = shipment
    // Differs from expvastic: UTC and milliseconds, not local time and microseconds; the type name is a field, not a type.
    return `{"@timestamp":"${new Date(at).toISOString()}","reader":${JSON.stringify(source)},"type_name":${JSON.stringify(typeName)}${this.#givenText}`
  }

  /** A document as one line, without its line break. Numbers that JSON cannot say become null. */
  write(begin: string, fields: Fields): string {
    let text = begin
    for (const name in fields) {
      const value = fields[name]
      if (value === undefined || this.#given?.has(name)) continue
      text += `,${this.#names.get(name) ?? this.#quote(name)}`
      if (typeof value === 'number') text += Number.isFinite(value) ? value : 'null'
      else if (typeof value === 'bigint' || typeof value === 'boolean') text += value
      else text += exactJson(value)
    }
    return `${text}}`
  }

  #quote(name: string): string {
    // Stores refuse a whole document for a name of blanks.
    const quoted = `${JSON.stringify(TAKEN_FIELDS.has(name) || name.trim() === '' ? `${name}_` : name)}:`
    if (this.#names.size < MAX_NAMES) this.#names.set(name, quoted)
    return quoted
  }
}
