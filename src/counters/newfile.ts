/**
 * Makes a counters file, or takes over the one that a dead process left.
 *
 * A name is won by creating the file exclusively; its bytes are then written, not left as a hole, so that a full disk
 * is an error here and not a crash at the first increment. The version goes in last: until then readers see a file that is
 * not yet published. A stale file is removed under its lock, and only if it is still the one at that path: of two
 * processes that start at the same moment, the second finds the first one's file, not the dead one's.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { errnoOf, MetricsError, messageOf } from '../utils/index.ts'
import { makeDirectoryFor } from './directory.ts'
import {
  HEADER_LENGTH,
  type Header,
  layoutOf,
  METADATA_LENGTH_OFFSET,
  PID_OFFSET,
  parseHeader,
  roundUp,
  START_TIME_OFFSET,
  STATICS_LENGTH_OFFSET,
  STATICS_OFFSET,
  VALUES_LENGTH_OFFSET,
  VERSION_OFFSET,
} from './layout.ts'
import { WriterProcess } from './liveness.ts'
import { mappingMissing, tryLockFile } from './mapping.ts'
import { encodeStatics } from './statics.ts'

const PAGE = 4096
const MAX_TAKEOVERS = 3
/** A file without version and pid that is older than this was left half-created. */
const HALF_CREATED_MS = 10_000

/** Creates and publishes a file; returns its descriptor (to be closed) and header. */
export function createFile(
  path: string,
  options: { statics: Readonly<Record<string, string>>; capacity: number; replaceStale: boolean },
): { fd: number; header: Header } {
  const missing = mappingMissing()
  if (missing !== undefined) {
    throw new MetricsError('unavailable', `cannot create counters file ${path}: ${missing}`)
  }
  makeDirectoryFor(path)
  const fd = createExclusively(path, options.replaceStale)
  try {
    return { fd, header: publish(fd, path, encodeStatics(options.statics), options.capacity) }
  } catch (error) {
    closeSync(fd)
    unlinkSync(path)
    throw error
  }
}

function createExclusively(path: string, replaceStale: boolean): number {
  for (let takeovers = 0; ; takeovers++) {
    try {
      return openSync(path, 'wx+', 0o644)
    } catch (cause) {
      const code = errnoOf(cause) === 'EEXIST' ? 'conflict' : 'unavailable'
      if (code === 'conflict' && replaceStale && takeovers < MAX_TAKEOVERS) {
        removeStale(path)
        continue
      }
      const reason =
        code === 'conflict'
          ? 'it exists; replaceStale takes over the file of a process that no longer lives'
          : messageOf(cause)
      throw new MetricsError(code, `cannot create counters file ${path}: ${reason}`, { cause })
    }
  }
}

/** Removes a dead process's file. Throws `conflict` when its process lives, or what is there is no counters file. */
function removeStale(path: string): void {
  const refuse = (reason: string, cause?: unknown) =>
    new MetricsError('conflict', `cannot replace counters file ${path}: ${reason}`, { cause })
  let fd: number
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return
    throw refuse(messageOf(cause), cause)
  }
  try {
    if (!tryLockFile(fd)) throw refuse('another process is replacing it')
    const ours = fstatSync(fd)
    const there = statSync(path, { throwIfNoEntry: false })
    if (there?.ino !== ours.ino || there.dev !== ours.dev) return
    const head = Buffer.alloc(HEADER_LENGTH)
    const got = readSync(fd, head, 0, HEADER_LENGTH, 0)
    const { pid, startTime } = writerOf(head.subarray(0, got), ours, path)
    if (new WriterProcess({ pid, startTime, ino: ours.ino }).lives)
      throw refuse(
        pid === process.pid
          ? 'this process made it: use the writer it has, or joinCounters'
          : `its process ${pid} lives`,
      )
    unlinkSync(path)
  } catch (error) {
    if (error instanceof MetricsError && error.code !== 'conflict') throw refuse(error.message, error)
    throw error
  } finally {
    closeSync(fd)
  }
}

/** Whose file it is; pid 0, which never lives, of one whose writer died before it had written even that. */
function writerOf(head: Buffer, { size, mtimeMs }: Stats, path: string): Pick<Header, 'pid' | 'startTime'> {
  if (head.length === HEADER_LENGTH && head.readInt32LE(VERSION_OFFSET) !== 0)
    return parseHeader(new DataView(head.buffer, head.byteOffset, head.length), size, path)
  const pid = head.length < HEADER_LENGTH ? 0 : Number(head.readBigInt64LE(PID_OFFSET))
  if (pid === 0 && Date.now() - mtimeMs < HALF_CREATED_MS) {
    throw new MetricsError('conflict', `cannot replace counters file ${path}: it is being created`)
  }
  const startTime = head.length < HEADER_LENGTH ? 0 : Number(head.readBigInt64LE(START_TIME_OFFSET))
  // Written after the pid: a living process may just be about to.
  return { pid, startTime: startTime === 0 ? Date.now() : startTime }
}

function publish(fd: number, path: string, statics: Buffer, capacity: number): Header {
  const layout = layoutOf(statics.length, capacity)
  const bytes = Buffer.alloc(roundUp(layout.end, PAGE))
  const header: Header = { ...layout, pid: process.pid, startTime: Date.now() }
  try {
    writeAll(fd, bytes)
    bytes.writeInt32LE(statics.length, STATICS_LENGTH_OFFSET)
    bytes.writeInt32LE(layout.valuesOffset - layout.metadataOffset, METADATA_LENGTH_OFFSET)
    bytes.writeInt32LE(layout.end - layout.valuesOffset, VALUES_LENGTH_OFFSET)
    bytes.writeBigInt64LE(BigInt(header.pid), PID_OFFSET)
    bytes.writeBigInt64LE(BigInt(header.startTime), START_TIME_OFFSET)
    statics.copy(bytes, STATICS_OFFSET)
    writeAll(fd, bytes.subarray(0, layout.metadataOffset))
    bytes.writeInt32LE(layout.version, VERSION_OFFSET)
    writeAll(fd, bytes.subarray(0, STATICS_LENGTH_OFFSET))
  } catch (cause) {
    throw new MetricsError('unavailable', `cannot create counters file ${path}: ${messageOf(cause)}`, {
      cause,
    })
  }
  return header
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, at)
}
