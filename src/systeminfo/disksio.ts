/** Transfers of whole disks from `/proc/diskstats`. */
import type { KeptFile } from './files.ts'
import { type Counters, ratesOf, round2 } from './rates.ts'
import type { DiskIo } from './sample.ts'

/** Source: the kernel's Documentation/admin-guide/iostats.rst: sectors are 512 bytes, whatever the device's own are. */
const SECTOR = 512
/** Disks in one reading at most. */
const MAX_DISKS_IO = 128

/**
 * `[reads, writes, bytes read, bytes written]` of each whole disk by the kernel's name. A disk whose counters are all 0 was never used, and is left out,
 * as are partitions, loop, ram, zram, optical and floppy drives, and the boot partitions of an eMMC.
 * Source: proc(5): field 3 of /proc/diskstats is the name, 4 reads completed, 6 sectors read, 8 writes completed, 10
 * sectors written.
 *
 * Differs from GoDoxy: NVMe, device-mapper and md devices are shown; its test for partitions drops `nvme0n1`.
 */
export function parseDiskstats(text: string): Map<string, readonly number[]> {
  const disk =
    /^ *\d+ +\d+ ((?:sd|hd|vd|xvd)[a-z]+|mmcblk\d+|nvme\d+n\d+|dm-\d+|md\d+) (\d+) \d+ (\d+) \d+ (\d+) \d+ (\d+) /gm
  const disks = new Map<string, readonly number[]>()
  for (let line = disk.exec(text); line !== null && disks.size < MAX_DISKS_IO; line = disk.exec(text)) {
    const reads = Number(line[2])
    const bytesRead = Number(line[3]) * SECTOR
    const writes = Number(line[4])
    const bytesWritten = Number(line[5]) * SECTOR
    if (reads + bytesRead + writes + bytesWritten > 0)
      disks.set(line[1]!, [reads, writes, bytesRead, bytesWritten])
  }
  return disks
}

/** Transfers of each disk from two looks at `[reads, writes, bytes read, bytes written]`. */
export function disksIoOf(before: Counters | undefined, now: Counters): Record<string, DiskIo> {
  const all: Record<string, DiskIo> = {}
  for (const [name, [reads, writes, bytesRead, bytesWritten]] of now.devices) {
    const rates = ratesOf(before, now, name)
    all[name] = {
      name,
      read_bytes: bytesRead!,
      write_bytes: bytesWritten!,
      read_count: reads!,
      write_count: writes!,
      iops: rates && round2(rates[0]! + rates[1]!),
      read_speed: rates && Math.round(rates[2]!),
      write_speed: rates && Math.round(rates[3]!),
    }
  }
  return all
}

/** Reads disk counters and remembers them for the next speeds. */
export class DisksIoReader {
  readonly #file: KeptFile
  readonly #clock: () => number
  #before: Counters | undefined

  constructor(file: KeptFile, clock: () => number) {
    this.#file = file
    this.#clock = clock
  }

  read(): Record<string, DiskIo> {
    const now: Counters = { at: this.#clock(), devices: parseDiskstats(this.#file.read()) }
    const all = disksIoOf(this.#before, now)
    this.#before = now
    return all
  }

  /** Forgets the reading before. */
  reset(): void {
    this.#before = undefined
  }

  close(): void {
    this.#file.close()
  }
}
