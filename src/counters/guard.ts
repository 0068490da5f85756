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
 *            64 first range: 0 start · 8 length, 0 = free · 16 set to 1 by a fault  (24 bytes each)
 *
 * Both handlers are assembled from the listings in docs/sigbus.md; test/counters/guard.test.ts cuts real files. Where there
 * is none (macOS, a kernel that forbids executable pages), readers do not map at all: they read the file.
 */
import type { Libc } from './libc.ts'

const SIGBUS = 7
const SA_SIGINFO = 4
const SA_ONSTACK = 0x08000000
const SIGACTION_BYTES = 152
const FLAGS_OFFSET = 136
const PROT_READ_WRITE = 3
const PROT_READ_EXEC = 5
const MAP_PRIVATE_ANONYMOUS = 0x22
const TABLE_BYTES = 4096
const FIRST_RANGE = 64 / 8
const RANGE_WORDS = 3
const RANGES = ((TABLE_BYTES / 8 - FIRST_RANGE) / RANGE_WORDS) | 0
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

/** The process's table of guarded ranges. */
export type Guard = BigInt64Array

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
  if (there !== undefined) return there

  const address = libc.mmap(null, pageSize + TABLE_BYTES, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0)
  if (address === undefined) return undefined
  const table = address + BigInt(pageSize)
  code.writeBigUInt64LE(table, mark)
  Buffer.from(libc.view(address, pageSize)).set(code)
  const words = new BigInt64Array(libc.view(table, TABLE_BYTES))
  words.set([BigInt(pageSize), 0n, BigInt(RANGES)])
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
  return words
}

/** The table of a handler that is ours already, as another thread put it there. */
function tableOf(
  libc: Libc,
  handler: bigint,
  code: Buffer,
  mark: number,
  pageSize: number,
): Guard | undefined {
  if (handler < 2n || handler % BigInt(pageSize) !== 0n) return undefined
  const found = Buffer.from(libc.view(handler, code.length))
  const same = (from: number, to?: number) => found.subarray(from, to).equals(code.subarray(from, to))
  if (!same(0, mark) || !same(mark + TABLE_MARK.length)) return undefined
  return new BigInt64Array(libc.view(found.readBigUInt64LE(mark), TABLE_BYTES))
}

/** Guards a mapping. Undefined when all ranges are taken. */
export function guardRange(guard: Guard, address: bigint, length: number): GuardedRange | undefined {
  for (let at = FIRST_RANGE; at < FIRST_RANGE + RANGES * RANGE_WORDS; at += RANGE_WORDS) {
    if (Atomics.compareExchange(guard, at, 0n, address) !== 0n) continue
    Atomics.store(guard, at + 2, 0n)
    Atomics.store(guard, at + 1, BigInt(length))
    return {
      get faulted() {
        return guard[at + 2] !== 0n
      },
      release() {
        Atomics.store(guard, at + 1, 0n)
        Atomics.store(guard, at, 0n)
      },
    }
  }
  return undefined
}
