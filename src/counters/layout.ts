/**
 * The counters file, format version 1: what mc4j (Java) and mc4go (Go) write and read. The one file that holds offsets.
 *
 *     0                  header, 128 bytes
 *     ├─ int32 version (0 = not yet published)   ├─ int32 staticsLength   ├─ int32 metadataLength   ├─ int32 valuesLength
 *     ├─ int64 pid       ├─ int64 startTime (Unix ms)      ├─ int64 joinedIds (ours; padding to the others)
 *     128                statics, staticsLength bytes
 *     ├─ int32 number ─┬─ int32 labelLength, int32 valueLength, label, value, padding to 4 ─┬─ …
 *     128 + statics      metadata, 512 bytes a counter
 *     ├─ int64 id << 8 | status ─ … ─ 128: int32 labelLength ─ 132: label, 380 bytes at most
 *     … + metadata       values, 128 bytes a counter (a cache line and its neighbour: writers do not disturb each other)
 *     ├─ int64 value ─ padding
 *     … + values         padding to a page
 *
 * Numbers are in the machine's order; the machines we run on are little-endian. A file without statics has a statics
 * section of 4 bytes, so that no int64 after it is 8-byte aligned: it can be read, but not added to with atomics.
 */
import { counted, MetricsError } from '../utils/index.ts'

const INT32 = 4
const INT64 = 8

const VERSION = 1
export const MAX_CAPACITY = 10_000
/** No file of 10,000 counters comes near; what is larger is another program's. */
const MAX_FILE_BYTES = 64 * 1024 * 1024

export const VERSION_OFFSET = 0
export const STATICS_LENGTH_OFFSET = VERSION_OFFSET + INT32
export const METADATA_LENGTH_OFFSET = STATICS_LENGTH_OFFSET + INT32
export const VALUES_LENGTH_OFFSET = METADATA_LENGTH_OFFSET + INT32
export const PID_OFFSET = VALUES_LENGTH_OFFSET + INT32
export const START_TIME_OFFSET = PID_OFFSET + INT64
/** How many ids were given out by writers that joined the file. Differs from mc4go, mc4j: padding there. */
export const JOINED_IDS_OFFSET = START_TIME_OFFSET + INT64
export const HEADER_LENGTH = 128

export const STATICS_OFFSET = HEADER_LENGTH
export const STATIC_HEADER_LENGTH = 2 * INT32

export const METADATA_LENGTH = 512
export const LABEL_LENGTH_OFFSET = 128
export const LABEL_OFFSET = LABEL_LENGTH_OFFSET + INT32
export const MAX_LABEL_BYTES = METADATA_LENGTH - LABEL_OFFSET

export const VALUE_LENGTH = 128

/** The low byte of a slot's id-status word. Readers stop at the first `neverUsed`. */
export const STATUS = { neverUsed: 0, allocating: 1, allocated: 2, freed: 3 } as const
export const STATUS_MASK = 0xff
export const ID_SHIFT = 8n

/** Where the parts of one file lie, in bytes, and who wrote it. */
export interface Header {
  readonly version: number
  readonly staticsLength: number
  readonly metadataOffset: number
  readonly valuesOffset: number
  /** End of the values; the file is at least this long. */
  readonly end: number
  /** Slots for counters. */
  readonly capacity: number
  readonly pid: number
  /** Unix milliseconds. */
  readonly startTime: number
}

/** Rounds up to a multiple of a power of two. */
export function roundUp(length: number, to: number): number {
  return Math.ceil(length / to) * to
}

/** A writer's file: sections in bytes. Ours pads the statics to 128 even when there are none. */
export function layoutOf(staticsLength: number, capacity: number): Omit<Header, 'pid' | 'startTime'> {
  const metadataOffset = STATICS_OFFSET + staticsLength
  const valuesOffset = metadataOffset + METADATA_LENGTH * capacity
  const end = valuesOffset + VALUE_LENGTH * capacity
  return { version: VERSION, staticsLength, metadataOffset, valuesOffset, end, capacity }
}

/**
 * Reads and checks a header, so that every later access is inside the file.
 *
 * @param bytes The first 128 bytes of the file, fewer if it is shorter.
 * @param size Bytes of the file.
 * @throws MetricsError `unavailable` when not yet published, `corrupt` for the rest, another version too.
 */
export function parseHeader(bytes: DataView, size: number, path: string): Header {
  const fail = (code: 'unavailable' | 'corrupt', reason: string): never => {
    throw new MetricsError(code, `cannot read counters file ${path}: ${reason}`)
  }
  if (size < HEADER_LENGTH || bytes.byteLength < HEADER_LENGTH) {
    fail('corrupt', `it has ${counted(size, 'byte')}, fewer than the header's ${HEADER_LENGTH}`)
  }
  if (size > MAX_FILE_BYTES) fail('corrupt', `it has ${size} bytes, more than ${MAX_FILE_BYTES}`)
  const version = bytes.getInt32(VERSION_OFFSET, true)
  if (version === 0) fail('unavailable', 'its writer has not published it yet (version 0)')
  if (version < 0 || version > 0xff) fail('corrupt', 'it is not a counters file')
  if (version !== VERSION) fail('corrupt', `it has format version ${version}, known is ${VERSION}`)

  const staticsLength = bytes.getInt32(STATICS_LENGTH_OFFSET, true)
  const metadataLength = bytes.getInt32(METADATA_LENGTH_OFFSET, true)
  const valuesLength = bytes.getInt32(VALUES_LENGTH_OFFSET, true)
  const capacity = metadataLength / METADATA_LENGTH
  if (staticsLength < INT32 || staticsLength % INT32 !== 0) {
    fail('corrupt', `statics of ${staticsLength} bytes: expected a positive multiple of ${INT32}`)
  }
  if (!Number.isInteger(capacity) || capacity < 0 || capacity > MAX_CAPACITY) {
    fail('corrupt', `metadata of ${metadataLength} bytes: expected ${METADATA_LENGTH} × 0…${MAX_CAPACITY}`)
  }
  if (valuesLength !== capacity * VALUE_LENGTH) {
    fail('corrupt', `values of ${valuesLength} bytes: expected ${VALUE_LENGTH} × ${capacity}`)
  }
  const layout = layoutOf(staticsLength, capacity)
  if (layout.end > size) fail('corrupt', `it has ${size} bytes of the ${layout.end} that its header tells of`)
  const pid = Number(bytes.getBigInt64(PID_OFFSET, true))
  const startTime = Number(bytes.getBigInt64(START_TIME_OFFSET, true))
  if (!Number.isSafeInteger(pid) || !Number.isSafeInteger(startTime)) {
    fail('corrupt', 'its pid or start time is not a number that can be')
  }
  return { ...layout, pid, startTime }
}
