/** The statics section: facts that a writer gives once, at the start. */
import { MetricsError } from '../utils/index.ts'
import { type Header, roundUp, STATIC_HEADER_LENGTH, STATICS_OFFSET } from './layout.ts'
import { type FileText, textOf } from './text.ts'

/** A fact of the writer: a version, a start parameter. */
export interface Static {
  readonly label: string
  readonly value: string
}

/** A static as it stands in a file. */
export interface FileStatic {
  readonly label: FileText
  readonly value: FileText
}

/** Reads the statics of a file. Throws `corrupt` when a record does not lie inside the section. */
export function parseStatics(bytes: Buffer, header: Header, path: string): FileStatic[] {
  const end = STATICS_OFFSET + header.staticsLength
  const fail = (reason: string) => new MetricsError('corrupt', `cannot read counters file ${path}: ${reason}`)
  const number = bytes.readInt32LE(STATICS_OFFSET)
  if (number < 0 || number > header.staticsLength / STATIC_HEADER_LENGTH) throw fail(`${number} statics`)
  const statics: FileStatic[] = []
  let at = STATICS_OFFSET + 4
  for (let i = 0; i < number; i++) {
    if (at + STATIC_HEADER_LENGTH > end) throw fail(`static ${i} begins outside of the statics`)
    const labelLength = bytes.readInt32LE(at)
    const valueLength = bytes.readInt32LE(at + 4)
    const label = at + STATIC_HEADER_LENGTH
    const value = label + labelLength
    if (labelLength < 0 || valueLength < 0 || value + valueLength > end) {
      throw fail(`static ${i} ends outside of the statics`)
    }
    statics.push({
      label: textOf(bytes.subarray(label, value)),
      value: textOf(bytes.subarray(value, value + valueLength)),
    })
    at = roundUp(value + valueLength, 4)
  }
  return statics
}

/**
 * The section's bytes for these statics, sorted by label, padded to 128.
 * Differs from mc4go, mc4j: without statics it is 128 bytes, not 4, so that what follows stays aligned.
 */
export function encodeStatics(statics: Readonly<Record<string, string>>): Buffer {
  const records = Object.entries(statics)
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([label, value]) => {
      const [labelBytes, valueBytes] = [Buffer.from(label), Buffer.from(value)]
      const record = Buffer.alloc(roundUp(STATIC_HEADER_LENGTH + labelBytes.length + valueBytes.length, 4))
      record.writeInt32LE(labelBytes.length, 0)
      record.writeInt32LE(valueBytes.length, 4)
      labelBytes.copy(record, STATIC_HEADER_LENGTH)
      valueBytes.copy(record, STATIC_HEADER_LENGTH + labelBytes.length)
      return record
    })
  const number = Buffer.alloc(4)
  number.writeInt32LE(records.length)
  const section = Buffer.concat([number, ...records])
  return Buffer.concat([section], roundUp(section.length, 128))
}
