/**
 * Keeps a file that somebody cuts from killing the process that has it mapped.
 *
 * Touching a mapped page beyond the end of its file raises SIGBUS, and no check beforehand helps: the cut may come
 * between the check and the access. Java turns the signal into an error, Go into a panic; Node has nothing, and a
 * handler in JavaScript cannot be: the signal interrupts JavaScript. So the handler is 139 bytes of machine code (x64;
 * 152 on arm64) in a page of its own. If the address is inside one of our mappings it puts a private page of zeros
 * there, notes that in the mapping's range, and the access goes on; else it jumps to the handler that was there before, or
 * puts the default action back, so that the signal means what it meant.
 *
 *     table  0 page size · 8 handler before ours, 0 = none · 16 ranges · 24 a sigaction of zeros (the default)
 *            56 layout of the table · 64 first range: 0 start · 8 length, 0 = free · 16 set to 1 by a fault  (24 bytes each)
 *            behind the ranges, which the handler does not read: the thread of each (8 bytes each)
 *
 * A range goes with its mapping. A worker thread that is terminated takes none of its mappings away, so each thread that comes
 * frees what threads that are gone have left. When all ranges are taken readers read, and no more writers are opened; readers
 * leave a quarter of them to writers.
 *
 * Both handlers are assembled from the listings in docs/sigbus.md; test/counters/guard.test.ts cuts real files. Where there
 * is none (macOS, a kernel that forbids executable pages), readers do not map at all: they read the file.
 */
import { existsSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import type { Libc } from './libc.ts'

const SIGBUS = 7
const SA_SIGINFO = 4
const SA_ONSTACK = 0x08000000
const SIGACTION_BYTES = 152
const FLAGS_OFFSET = 136
const PROT_READ_WRITE = 3
const PROT_READ_EXEC = 5
const MAP_PRIVATE_ANONYMOUS = 0x22
/** Word of the table that tells its layout: another one is another program's, whose handler comes after ours. */
const LAYOUT_AT = 7
const LAYOUT = 1n
const FIRST_RANGE = 64 / 8
const RANGE_WORDS = 3
/** Files mapped in a process. */
const MAX_RANGES = 4096
/** Of them, those that readers may take. */
const MAX_READERS = 3072
const FIRST_OWNER = FIRST_RANGE + MAX_RANGES * RANGE_WORDS
const TABLE_BYTES = (FIRST_OWNER + MAX_RANGES) * 8
/** Stands in the code for the address of the table. */
const TABLE_MARK = Buffer.alloc(8, 0x11)

const CODE: Readonly<Record<string, string>> = {
  x64:
    '488b461049b811111111111111114d8d4840418b48104989c24d2b114d3b510872134983c118ffc975ec498b40084885c0743f' +
    'ffe049c74110010000004150498b304889f748f7df4821c7ba0300000041ba3200000049c7c0ffffffff4531c9b8090000000f05' +
    '4158483d00f0ffff7701c3bf07000000498d701831d241ba08000000b80d0000000f05c3',
  arm64:
    '290840f96a0400584b0101914c1140b96d3940a92d010dcbbf010eebe30000546b6100918c05007141ffff544d0540f90d0200b4' +
    'a0011fd62e0080d26e0900f9410140f9e00301cb0000098a620080d2430680d204008092050080d2c81b80d2010000d41ffc3fb1' +
    '42000054c0035fd6e00080d241610091020080d2030180d2c81080d2010000d4c0035fd61f2003d51111111111111111',
}

/** A mapping that a cut file cannot turn into a crash. */
export interface GuardedRange {
  /** Whether the file was cut and a page of it stands replaced by zeros. */
  readonly faulted: boolean
  /** To be called before the memory is unmapped. */
  release(): void
}

/** The process's table of guarded ranges, and the thread that takes some. */
export interface Guard {
  readonly table: BigInt64Array
  /** 0 where it is not known; its ranges are never freed by others. */
  readonly thread: bigint
}

/** Puts the handler in place, once in a process: worker threads find the one that is there. Undefined where it cannot be. */
export function installGuard(libc: Libc): Guard | undefined {
  const hex = process.platform === 'linux' ? CODE[process.arch] : undefined
  if (hex === undefined) return undefined
  const pageSize = libc.getpagesize()
  const code = Buffer.from(hex, 'hex')
  const mark = code.indexOf(TABLE_MARK)
  const action = Buffer.alloc(SIGACTION_BYTES)
  libc.sigaction(SIGBUS, null, action)
  const there = tableOf(libc, action.readBigUInt64LE(0), code, mark, pageSize)
  if (there !== undefined) {
    freeLeft(libc, there)
    return { table: there, thread: threadId() }
  }

  const address = libc.mmap(null, pageSize + TABLE_BYTES, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0)
  if (address === undefined) return undefined
  const table = address + BigInt(pageSize)
  code.writeBigUInt64LE(table, mark)
  Buffer.from(libc.view(address, pageSize)).set(code)
  const words = new BigInt64Array(libc.view(table, TABLE_BYTES))
  words.set([BigInt(pageSize), 0n, BigInt(MAX_RANGES)])
  words[LAYOUT_AT] = LAYOUT
  if (libc.mprotect(address, pageSize, PROT_READ_EXEC) !== 0) {
    libc.munmap(address, pageSize + TABLE_BYTES)
    return undefined
  }
  action.fill(0)
  action.writeBigUInt64LE(address, 0)
  action.writeInt32LE(SA_SIGINFO | SA_ONSTACK, FLAGS_OFFSET)
  const before = Buffer.alloc(SIGACTION_BYTES)
  if (libc.sigaction(SIGBUS, action, before) !== 0) return undefined
  const handler = before.readBigInt64LE(0)
  if (handler !== 0n && handler !== 1n) Atomics.store(words, 1, handler)
  return { table: words, thread: threadId() }
}

/** The table of a handler that is ours already, as another thread put it there. */
function tableOf(
  libc: Libc,
  handler: bigint,
  code: Buffer,
  mark: number,
  pageSize: number,
): BigInt64Array | undefined {
  if (handler < 2n || handler % BigInt(pageSize) !== 0n) return undefined
  const found = Buffer.from(libc.view(handler, code.length))
  const same = (from: number, to?: number) => found.subarray(from, to).equals(code.subarray(from, to))
  if (!same(0, mark) || !same(mark + TABLE_MARK.length)) return undefined
  const table = found.readBigUInt64LE(mark)
  if (new BigInt64Array(libc.view(table, FIRST_RANGE * 8))[LAYOUT_AT] !== LAYOUT) return undefined
  return new BigInt64Array(libc.view(table, TABLE_BYTES))
}

/** Takes the mappings away that threads had when they were terminated. */
function freeLeft(libc: Libc, table: BigInt64Array): void {
  for (let range = 0; range < MAX_RANGES; range++) {
    const owner = Atomics.load(table, FIRST_OWNER + range)
    if (owner === 0n || existsSync(`/proc/self/task/${owner}`)) continue
    if (Atomics.compareExchange(table, FIRST_OWNER + range, owner, 0n) !== owner) continue
    const at = FIRST_RANGE + range * RANGE_WORDS
    const [address, length] = [Atomics.load(table, at), Atomics.load(table, at + 1)]
    release(table, range)
    libc.munmap(address, Number(length))
  }
}

/** Source: proc(5): /proc/thread-self is a link to `<pid>/task/<thread>`. */
function threadId(): bigint {
  try {
    return BigInt(basename(readlinkSync('/proc/thread-self')))
  } catch {
    return 0n
  }
}

/** Guards a mapping. Undefined when all ranges are taken that it may have. */
export function guardRange(
  { table, thread }: Guard,
  address: bigint,
  length: number,
  writable: boolean,
): GuardedRange | undefined {
  for (let range = 0; range < (writable ? MAX_RANGES : MAX_READERS); range++) {
    const at = FIRST_RANGE + range * RANGE_WORDS
    if (Atomics.compareExchange(table, at, 0n, address) !== 0n) continue
    Atomics.store(table, at + 2, 0n)
    Atomics.store(table, at + 1, BigInt(length))
    Atomics.store(table, FIRST_OWNER + range, thread)
    return {
      get faulted() {
        return table[at + 2] !== 0n
      },
      release: () => release(table, range),
    }
  }
  return undefined
}

function release(table: BigInt64Array, range: number): void {
  const at = FIRST_RANGE + range * RANGE_WORDS
  Atomics.store(table, FIRST_OWNER + range, 0n)
  Atomics.store(table, at + 1, 0n)
  Atomics.store(table, at, 0n)
}
