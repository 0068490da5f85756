/**
 * What a reader looks through at a file: mapped memory, or two buffers that are read anew for every walk.
 *
 * Both show the same three things in the same order, so the reader has one walk: `before` (header and metadata), then
 * `values`, then `after` (metadata once more). Of a mapping these are one memory, and only the order of the looks matters.
 * A file that is cut never kills: a mapping is taken only where the guard stands (see `guard.ts`); else the bytes come by
 * `read`, where a cut is a short read. It costs about six times as long: it copies 512 bytes to see 8 of them.
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
  /** The words that `header` was parsed from; a file is the same while they stay. */
  readonly head: Int32Array
  /** Whether it is mapped; else it is read. */
  readonly mapped: boolean
  /** Header, statics and metadata, before the values. */
  readonly before: Int32Array
  readonly bytes: Buffer
  readonly values: DataView
  /** The values again, where they are aligned: ten times as fast. Undefined in a file without statics. */
  readonly longs: BigInt64Array | undefined
  /** The metadata, after the values. */
  readonly after: Int32Array
  /** Brings header and slots before `slot + 1` into `before`; returns how many slots are there. */
  loadBefore(slot: number): number
  /** Brings the values and the `after` of the first `slots`. */
  loadAfter(slots: number): void
  /** Throws `corrupt` if the file was cut since it was opened. Of a mapping, a cut inside the last page shows as zeros. */
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
    if (options.mapped && mappingGuarded()) {
      try {
        return mappedWindow(
          path,
          header,
          words,
          mapFile(fd, header.end, { writable: false, guardedOnly: true }),
        )
      } catch (error) {
        if (!(error instanceof MetricsError)) throw error
      }
    }
    kept = true
    return readWindow(path, header, words, fd)
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

function mappedWindow(path: string, header: Header, head: Int32Array, mapping: Mapping): Window {
  const before = new Int32Array(mapping.buffer)
  const { capacity, valuesOffset } = header
  return {
    header,
    head,
    mapped: true,
    before,
    bytes: Buffer.from(mapping.buffer),
    values: new DataView(mapping.buffer, valuesOffset),
    longs: longsOf(mapping.buffer, valuesOffset, header.end),
    after: before,
    loadBefore: () => capacity,
    loadAfter: () => {},
    check() {
      // Looks at the last page: a shorter file may show as no counters, without a fault.
      Atomics.load(before, before.length - 1)
      if (mapping.cut) throw cutError(path)
    },
    close: () => mapping.close(),
  }
}

function longsOf(buffer: ArrayBuffer, from: number, to: number): BigInt64Array | undefined {
  return from % 8 === 0 ? new BigInt64Array(buffer, from, (to - from) / 8) : undefined
}

function readWindow(path: string, header: Header, head: Int32Array, fd: number): Window {
  const { metadataOffset, valuesOffset, capacity } = header
  const first = Buffer.from(new ArrayBuffer(header.end))
  const second = Buffer.from(new ArrayBuffer(valuesOffset))
  const read = (into: Buffer, from: number, to: number) => {
    if (readSync(fd, into, from, to - from, from) !== to - from) throw cutError(path)
  }
  read(first, 0, metadataOffset)
  return {
    header,
    head,
    mapped: false,
    before: new Int32Array(first.buffer),
    bytes: first,
    values: new DataView(first.buffer, valuesOffset),
    longs: longsOf(first.buffer, valuesOffset, header.end),
    after: new Int32Array(second.buffer),
    loadBefore(slot) {
      if (slot === 0) read(first, 0, HEADER_LENGTH)
      const slots = Math.min(capacity, slot + SLOTS_AT_ONCE)
      read(first, metadataOffset + slot * METADATA_LENGTH, metadataOffset + slots * METADATA_LENGTH)
      return slots
    },
    loadAfter(slots) {
      read(first, valuesOffset, valuesOffset + slots * VALUE_LENGTH)
      read(second, metadataOffset, metadataOffset + slots * METADATA_LENGTH)
    },
    check: () => {},
    close: () => closeSync(fd),
  }
}
