/**
 * What a reader looks through at a file: mapped memory, or buffers that are read anew for every walk.
 *
 * Both show the same three things in the same order, so the reader has one walk: `before` (header and metadata),
 * `values`, `after` (metadata once more). Of a mapping these are one memory, and only the order of the looks matters.
 * A file that is cut never kills: a mapping is taken only where the guard stands (see `guard.ts`); else the bytes come by
 * `read`, where a cut is a short read. It takes ten times as long: it copies 512 bytes to see 8 of them.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { errnoOf, MetricsError, messageOf } from '../utils/index.ts'
import {
  HEADER_LENGTH,
  type Header,
  JOINED_IDS_OFFSET,
  METADATA_LENGTH,
  parseHeader,
  VALUE_LENGTH,
} from './layout.ts'
import { type Mapping, mapFile, mappingGuarded } from './mapping.ts'

/** Slots that are read at once, until one is found that was never used. */
const SLOTS_AT_ONCE = 256
/** Version to start time. */
const HEAD_WORDS = JOINED_IDS_OFFSET / 4

export interface Window {
  readonly header: Header
  /** Number of the file's inode. */
  readonly ino: number
  /** The first words of the file when it was opened, and now; a file is the same while they stay. */
  readonly head: Int32Array
  readonly headNow: Int32Array
  /** Whether it is mapped; else it is read. */
  readonly mapped: boolean
  /** Header and statics. */
  readonly start: Buffer
  /** The metadata, looked at before the values: as words, and as bytes. */
  readonly before: BigInt64Array
  readonly metadata: Buffer
  readonly values: BigInt64Array
  /** The metadata, looked at after the values. */
  readonly after: BigInt64Array
  /** Brings the slots from this one on into `before`; returns the number of the first one that is not there. */
  loadBefore(slot: number): number
  /** Brings the metadata of these slots into `metadata`, after their words were looked at. */
  loadLabels(from: number, to: number): void
  /** Brings the values of the first `slots`, and their `after`. */
  loadAfter(slots: number): void
  /** Throws `corrupt` if the file was cut since it was opened. */
  check(): void
  close(): void
}

/** Opens a file. `mapped: false` reads it even where it could be mapped. */
export function openWindow(path: string, options: { mapped: boolean }): Window {
  const fd = open(path)
  let kept = false
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile())
      throw new MetricsError('corrupt', `cannot read counters file ${path}: it is not a file`)
    const head = Buffer.alloc(HEADER_LENGTH)
    const got = readSync(fd, head, 0, HEADER_LENGTH, 0)
    const header = parseHeader(new DataView(head.buffer, head.byteOffset, got), stat.size, path)
    const words = new Int32Array(head.buffer, head.byteOffset, HEAD_WORDS)
    if (options.mapped && header.metadataOffset % 8 === 0 && mappingGuarded()) {
      try {
        const mapping = mapFile(fd, header.end, { writable: false, guardedOnly: true })
        kept = true
        return mappedWindow({ path, fd, ino: stat.ino, header, head: words }, mapping)
      } catch (error) {
        if (!(error instanceof MetricsError)) throw error
      }
    }
    const window = readWindow({ path, fd, ino: stat.ino, header, head: words })
    kept = true
    return window
  } finally {
    if (!kept) closeSync(fd)
  }
}

function open(path: string): number {
  try {
    // Not blocking, or opening a pipe would wait for its writer.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    const code = errnoOf(cause) === 'ENOENT' ? 'not_found' : 'unavailable'
    throw new MetricsError(code, `cannot open counters file ${path}: ${messageOf(cause)}`, { cause })
  }
}

function cutError(path: string): MetricsError {
  return new MetricsError('corrupt', `cannot read counters file ${path}: it was cut while open`)
}

/** An open file whose header is lawful. */
interface OpenFile {
  readonly path: string
  readonly fd: number
  readonly ino: number
  readonly header: Header
  readonly head: Int32Array
}

function mappedWindow({ path, fd, ino, header, head }: OpenFile, mapping: Mapping): Window {
  const { buffer } = mapping
  const { metadataOffset, valuesOffset, capacity } = header
  const words = new BigInt64Array(buffer, metadataOffset, (capacity * METADATA_LENGTH) / 8)
  const all = new Int32Array(buffer)
  return {
    header,
    ino,
    head,
    headNow: new Int32Array(buffer, 0, HEAD_WORDS),
    mapped: true,
    start: Buffer.from(buffer, 0, metadataOffset),
    before: words,
    metadata: Buffer.from(buffer, metadataOffset, capacity * METADATA_LENGTH),
    values: new BigInt64Array(buffer, valuesOffset, (capacity * VALUE_LENGTH) / 8),
    after: words,
    loadBefore: () => capacity,
    loadLabels: () => {},
    loadAfter: () => {},
    check() {
      // Looks at the last page: a shorter file may show as no counters, without a fault.
      Atomics.load(all, all.length - 1)
      // A cut inside the last page shows as zeros there; only the size tells (1.5 µs).
      if (mapping.cut || fstatSync(fd).size < header.end) throw cutError(path)
    },
    close() {
      mapping.close()
      closeSync(fd)
    },
  }
}

/** Each part has a buffer of its own, so that numbers are aligned whatever the statics are. */
function readWindow({ path, fd, ino, header, head }: OpenFile): Window {
  const { metadataOffset, valuesOffset, capacity } = header
  const start = Buffer.from(new ArrayBuffer(metadataOffset))
  const metadata = Buffer.from(new ArrayBuffer(capacity * METADATA_LENGTH))
  const values = Buffer.from(new ArrayBuffer(capacity * VALUE_LENGTH))
  const after = Buffer.from(new ArrayBuffer(capacity * METADATA_LENGTH))
  const read = (into: Buffer, from: number, to: number, offset: number) => {
    if (readSync(fd, into, from, to - from, offset + from) !== to - from) throw cutError(path)
  }
  read(start, 0, metadataOffset, 0)
  return {
    header,
    ino,
    head,
    headNow: new Int32Array(start.buffer, 0, HEAD_WORDS),
    mapped: false,
    start,
    before: new BigInt64Array(metadata.buffer),
    metadata,
    values: new BigInt64Array(values.buffer),
    after: new BigInt64Array(after.buffer),
    loadBefore(slot) {
      if (slot === 0) read(start, 0, HEADER_LENGTH, 0)
      const end = Math.min(capacity, slot + SLOTS_AT_ONCE)
      read(metadata, slot * METADATA_LENGTH, end * METADATA_LENGTH, metadataOffset)
      return end
    },
    loadLabels(from, to) {
      // One read copies in no order: a label of before may come with the word of after (once in 8,000 readings of a storm).
      read(metadata, from * METADATA_LENGTH, to * METADATA_LENGTH, metadataOffset)
    },
    loadAfter(slots) {
      read(values, 0, slots * VALUE_LENGTH, valuesOffset)
      read(after, 0, slots * METADATA_LENGTH, metadataOffset)
    },
    check: () => {},
    close: () => closeSync(fd),
  }
}
