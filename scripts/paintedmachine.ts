/** A machine's `/proc` and `/sys` whose numbers follow a shop's day: what the pictures of the page are taken of. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Roots } from '../src/systeminfo/index.ts'

const MEMORY_KB = 32_768_000
const SENSORS = [
  { folder: 'hwmon0', chip: 'coretemp', label: 'Package id 0', coolest: 41, range: 34, critical: 100_000 },
  { folder: 'hwmon1', chip: 'nvme', label: 'Composite', coolest: 36, range: 11, critical: 84_850 },
]

/** Files below a folder, written anew for each moment. */
export class PaintedMachine {
  readonly roots: Roots
  readonly #root: string
  /** What only grows: hundredths of seconds by mode, bytes, sectors, requests. */
  #cpu = { user: 0, system: 0, idle: 0, iowait: 0 }
  #network = { received: 8e11, sent: 4e11 }
  #disk = { reads: 1e6, sectorsRead: 9e7, writes: 4e6, sectorsWritten: 3e8 }
  #cached = 0.3
  #at: number | undefined

  constructor(root: string) {
    this.#root = root
    this.roots = {
      proc: join(root, 'proc'),
      sys: join(root, 'sys'),
      root,
      ownProc: join(root, 'proc'),
      ownSys: join(root, 'sys'),
    }
    this.#write('etc/hostname', 'shop-1\n')
    this.#write(
      'etc/os-release',
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n',
    )
    this.#write('proc/1/mounts', '/dev/nvme0n1p2 / ext4 rw 0 0\n/dev/sda1 /srv/images xfs rw 0 0\n')
    this.#write('proc/mounts', '/dev/nvme0n1p2 / ext4 rw 0 0\n/dev/sda1 /srv/images xfs rw 0 0\n')
    mkdirSync(join(root, 'srv/images'), { recursive: true })
    this.#write('sys/class/net/eno1/operstate', 'up\n')
    this.#write('sys/class/net/eno1/device/vendor', '0x8086\n')
    for (const { folder, chip, label, critical } of SENSORS) {
      this.#write(`sys/class/hwmon/${folder}/name`, `${chip}\n`)
      this.#write(`sys/class/hwmon/${folder}/temp1_label`, `${label}\n`)
      this.#write(`sys/class/hwmon/${folder}/temp1_crit`, `${critical}\n`)
    }
  }

  /** What it is at this moment. @param busy How busy the shop is, 0…1. */
  paint(ms: number, busy: number): void {
    const seconds = (ms - (this.#at ?? ms - 1000)) / 1000
    this.#at = ms
    const noise = (size: number) => (Math.random() - 0.5) * size
    // A backup at two in the night: the disks work, and the CPUs wait for them.
    const backup = Math.floor(ms / 3_600_000) % 24 === 1 ? 1 : 0
    const user = clamp(busy * 0.55 + backup * 0.08 + noise(0.12))
    const system = clamp(busy * 0.12 + backup * 0.1 + noise(0.03))
    const iowait = clamp(backup * 0.12 + 0.004 + noise(0.006))
    const ticks = seconds * 100 * 2
    this.#cpu.user += ticks * user
    this.#cpu.system += ticks * system
    this.#cpu.iowait += ticks * iowait
    this.#cpu.idle += ticks * Math.max(0, 1 - user - system - iowait)
    const { user: u, system: s, idle, iowait: w } = this.#cpu
    this.#write('proc/stat', `cpu  ${whole(u)} 0 ${whole(s)} ${whole(idle)} ${whole(w)} 0 0 0 0 0\n`)
    const load = (user + system) * 2.4 + backup
    this.#write(
      'proc/loadavg',
      `${load.toFixed(2)} ${(load * 0.95).toFixed(2)} ${(load * 0.88).toFixed(2)} 2/412 918273\n`,
    )

    this.#cached = clamp(this.#cached + noise(0.01), 0.25, 0.4)
    const used = 0.34 + busy * 0.2
    const available = MEMORY_KB * (1 - used)
    this.#write(
      'proc/meminfo',
      `MemTotal: ${MEMORY_KB} kB\nMemFree: ${whole(available - MEMORY_KB * this.#cached)} kB\nMemAvailable: ${whole(available)} kB\n` +
        `Buffers: 800000 kB\nCached: ${whole(MEMORY_KB * this.#cached)} kB\nSwapTotal: 4194304 kB\nSwapFree: 4100000 kB\n`,
    )
    this.#network.received += seconds * 1e6 * (0.4 + busy * 6 + noise(1.2))
    this.#network.sent += seconds * 1e6 * (0.9 + busy * 21 + noise(4) + backup * 60)
    const { received, sent } = this.#network
    this.#write(
      'proc/net/dev',
      `Inter-| Receive | Transmit\n face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed\n` +
        `  eno1: ${whole(received)} 1 0 0 0 0 0 0 ${whole(sent)} 1 0 0 0 0 0 0\n`,
    )
    this.#disk.reads += seconds * (20 + busy * 160 + backup * 900)
    this.#disk.sectorsRead += seconds * 2000 * (0.3 + busy * 5 + noise(0.8) + backup * 120)
    this.#disk.writes += seconds * (40 + busy * 210)
    this.#disk.sectorsWritten += seconds * 2000 * (0.8 + busy * 9 + noise(2))
    const { reads, sectorsRead, writes, sectorsWritten } = this.#disk
    this.#write(
      'proc/diskstats',
      `259 0 nvme0n1 ${whole(reads)} 0 ${whole(sectorsRead)} 0 ${whole(writes)} 0 ${whole(sectorsWritten)} 0 0 0 0\n` +
        `8 0 sda ${whole(reads / 5)} 0 ${whole(sectorsRead / 3)} 0 ${whole(writes / 20)} 0 ${whole(sectorsWritten / 12)} 0 0 0 0\n`,
    )
    for (const { folder, coolest, range } of SENSORS) {
      const temperature = coolest + range * clamp(user + backup * 0.4) + noise(1.5)
      this.#write(`sys/class/hwmon/${folder}/temp1_input`, `${whole(temperature * 1000)}\n`)
    }
  }

  #write(path: string, text: string): void {
    const file = join(this.#root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

function clamp(value: number, least = 0, greatest = 1): number {
  return Math.min(greatest, Math.max(least, value))
}

function whole(value: number): string {
  return Math.max(0, value).toFixed(0)
}
