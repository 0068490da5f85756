/** The calls into the C library that this folder makes. */
export interface Libc {
  /** Address, or undefined with `errno` set. */
  mmap(
    at: null,
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ): bigint | undefined
  munmap(address: bigint, length: number): number
  mprotect(address: bigint, length: number, protection: number): number
  getpagesize(): number
  flock(fd: number, operation: number): number
  sigaction(signal: number, action: Buffer | null, before: Buffer | null): number
  /** Memory as a buffer; nothing frees it. */
  view(address: bigint, length: number): ArrayBuffer
  /** Name of the last call's error, such as `ENOMEM`. */
  errno(): string
}
