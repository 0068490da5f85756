/**
 * Files of `/proc` and `/sys` that are read once a second.
 *
 * Opening is most of the price of reading one, so a descriptor is kept and read again from offset 0, into one buffer
 * that all such files share and that grows to the longest. The buffer may be shared because a read is synchronous:
 * these files are made by the kernel from memory, and never wait for a device.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { errnoOf } from '../utils/index.ts'

const FIRST_SIZE = 16 * 1024
/** A file longer than this is refused: none of those read here comes near. */
const MAX_SIZE = 16 * 1024 * 1024
/**
 * seq_file hands out whole lines of a page at a time. What came is less than half a page: another line would have found
 * room, so this is all, and the call that would say so is saved.
 */
const SURELY_WHOLE = 2048
/** The device went away, and may have come back under the same path. */
const GONE = new Set(['ENODEV', 'ENOENT', 'ENXIO', 'ESTALE', 'EBADF'])

/** A buffer that grows and is read into by one file at a time. */
export class ReadBuffer {
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_SIZE)

  /** Doubles the size and keeps what is there. Throws `RangeError` past the limit. */
  grow(): void {
    if (this.bytes.length >= MAX_SIZE) throw new RangeError(`cannot read file: longer than ${MAX_SIZE} bytes`)
    const wider = Buffer.allocUnsafeSlow(this.bytes.length * 2)
    this.bytes.copy(wider)
    this.bytes = wider
  }
}

/** How a file is read. */
export interface KeptFileOptions {
  /** Whether what the kernel hands out at once may be longer than half a page: a line of a mount table, a disk with all its partitions. @default false */
  readonly longLines?: boolean
  /** Of a file of longer lines, reads that are taken to be whole after one that was seen to be: for what is read each second. @default 0 */
  readonly trustedReads?: number
  /** Reads this many bytes of its beginning only. @default all */
  readonly head?: number
}

/** A file whose descriptor is kept open. Opened at the first read; of several paths the first that opens. */
export class KeptFile {
  readonly #paths: readonly string[]
  readonly #buffer: ReadBuffer
  readonly #options: KeptFileOptions
  #fd: number | undefined
  /** Bytes of the last read of a file of longer lines. */
  #length = 0
  /** Further reads of it that are taken to be whole. */
  #trusted = 0

  constructor(paths: string | readonly string[], buffer = new ReadBuffer(), options: KeptFileOptions = {}) {
    this.#paths = typeof paths === 'string' ? [paths] : paths
    this.#buffer = buffer
    this.#options = options
  }

  /** The text. Throws the system's error if it cannot be read. */
  read(encoding: 'latin1' | 'utf8' = 'latin1'): string {
    const length = this.#readOrReopen()
    return this.#buffer.bytes.toString(encoding, 0, length)
  }

  /** Frees the descriptor. The next read opens it again. */
  close(): void {
    if (this.#fd === undefined) return
    const fd = this.#fd
    this.#fd = undefined
    this.#trusted = 0
    closeSync(fd)
  }

  /** If the descriptor's device is gone, it may be back under its path. */
  #readOrReopen(): number {
    const kept = this.#fd !== undefined
    try {
      return this.#fill()
    } catch (error) {
      this.close()
      if (!kept || !GONE.has(errnoOf(error) ?? '')) throw error
    }
    return this.#fill()
  }

  #fill(): number {
    this.#fd ??= this.#open()
    const { head, longLines, trustedReads = 0 } = this.#options
    let length = 0
    let calls = 0
    for (;;) {
      if (length === this.#buffer.bytes.length) this.#buffer.grow()
      const { bytes } = this.#buffer
      const read = readSync(this.#fd, bytes, length, head ?? bytes.length - length, length)
      length += read
      if (head !== undefined) return length
      if (read === 0) break
      calls++
      if (length < SURELY_WHOLE && (!longLines || (calls === 1 && this.#takeTrust(length)))) return length
    }
    this.#length = length
    this.#trusted = calls === 1 ? trustedReads : 0
    return length
  }

  /** Lines hardly become longer from one read to the next: where the first call gave all, it does so again while it gives no less. */
  #takeTrust(length: number): boolean {
    const trusted = this.#trusted-- > 0 && length >= this.#length
    this.#length = length
    return trusted
  }

  #open(): number {
    let failure: unknown
    for (const path of this.#paths) {
      try {
        return openSync(path, 'r')
      } catch (error) {
        failure ??= error
      }
    }
    throw failure
  }
}
