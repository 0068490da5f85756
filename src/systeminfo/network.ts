/** Transfers of network interfaces from `/proc/net/dev`, and which of them are physical. */
import { existsSync } from 'node:fs'
import type { KeptFile } from './files.ts'
import { type Counters, ratesOf } from './rates.ts'
import type { Network, NetworkInterface } from './sample.ts'

/** Interfaces in one reading at most; physical ones first. */
export const MAX_INTERFACES = 64
/** How often it is looked up anew which interfaces are physical; at once when an interface comes or goes. */
const PHYSICAL_INTERVAL_MS = 60_000

/**
 * `[bytes received, bytes sent]` of each interface. Source: proc_pid_net(5): columns 1 and 9 after the colon, the last of
 * its line: old kernels let a name have colons of its own.
 */
export function parseNetDev(text: string): Map<string, readonly number[]> {
  const one = /^ *(\S+): *(\d+)(?: +\d+){7} +(\d+)/gm
  const interfaces = new Map<string, readonly number[]>()
  for (let line = one.exec(text); line !== null; line = one.exec(text)) {
    interfaces.set(line[1]!, [Number(line[2]), Number(line[3])])
  }
  return interfaces
}

/**
 * The interfaces whose traffic the machine's sum counts: those with a device behind them, except a member of another
 * such interface (a virtual function beneath its synthetic interface carries the same bytes). Where none has a device
 * (containers, some virtual machines), every one but loopback, bridges and the cables of containers.
 *
 * Differs from GoDoxy: it sums all, so that loopback counts, and what passes a bridge counts twice.
 */
export function physicalInterfaces(sys: string, names: Iterable<string>): Set<string> {
  const all = [...names]
  const under = (name: string, rest: string) => existsSync(`${sys}/class/net/${name}/${rest}`)
  const physical = all.filter((name) => under(name, 'device') && !under(name, 'master/device'))
  return new Set(
    physical.length > 0
      ? physical
      : all.filter((name) => name !== 'lo' && !isCable(name) && !under(name, 'bridge')),
  )
}

/**
 * The host's end of a container's cable: named at random, and its traffic is in its bridge. A host has hundreds, and
 * none is looked for by name.
 */
function isCable(name: string): boolean {
  return name.startsWith('veth')
}

/** Sums and interfaces from two looks at `[bytes received, bytes sent]` of each interface. */
export function networkOf(
  before: Counters | undefined,
  now: Counters,
  physical: ReadonlySet<string>,
): Network {
  const first: Record<string, NetworkInterface> = {}
  const others: Record<string, NetworkInterface> = {}
  const sum: Network = {
    bytes_sent: 0,
    bytes_recv: 0,
    upload_speed: null,
    download_speed: null,
    interfaces: first,
  }
  let listed = 0
  for (const [name, [received, sent]] of now.devices) {
    const counts = physical.has(name)
    if (!counts && isCable(name)) continue
    const rates = ratesOf(before, now, name)
    const one: NetworkInterface = {
      bytes_sent: sent!,
      bytes_recv: received!,
      upload_speed: rates && Math.round(rates[1]!),
      download_speed: rates && Math.round(rates[0]!),
      physical: counts,
    }
    if (counts) {
      add(sum, one)
      first[name] = one
    } else if (physical.size + listed++ < MAX_INTERFACES) others[name] = one
  }
  Object.assign(first, others)
  return sum
}

/** Reads interface counters and remembers them for the next speeds. */
export class NetworkReader {
  readonly #file: KeptFile
  readonly #sys: string
  readonly #clock: () => number
  #before: Counters | undefined
  #physical = new Set<string>()
  #known = ''
  #lookedUp = Number.NEGATIVE_INFINITY

  constructor(file: KeptFile, sys: string, clock: () => number) {
    this.#file = file
    this.#sys = sys
    this.#clock = clock
  }

  read(): Network {
    const now: Counters = { at: this.#clock(), devices: parseNetDev(this.#file.read()) }
    this.#lookUp(now.devices.keys(), now.at)
    const network = networkOf(this.#before, now, this.#physical)
    this.#before = now
    return network
  }

  /** Forgets the reading before. */
  reset(): void {
    this.#before = undefined
  }

  close(): void {
    this.#file.close()
  }

  #lookUp(names: Iterable<string>, now: number): void {
    const all = [...names]
    const known = all.join(' ')
    if (known === this.#known && now - this.#lookedUp < PHYSICAL_INTERVAL_MS) return
    this.#physical = physicalInterfaces(this.#sys, all)
    this.#known = known
    this.#lookedUp = now
  }
}

/** An interface without a speed of its own adds none: the sum is of those that have one. */
function add(sum: Network, one: NetworkInterface): void {
  sum.bytes_sent += one.bytes_sent
  sum.bytes_recv += one.bytes_recv
  if (one.upload_speed !== null) sum.upload_speed = (sum.upload_speed ?? 0) + one.upload_speed
  if (one.download_speed !== null) sum.download_speed = (sum.download_speed ?? 0) + one.download_speed
}
