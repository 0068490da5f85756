/** A shop's targets and counters as a month of running would have left them: what the pictures of the page are taken of. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CountersWriter } from '../src/counters/index.ts'
import type { SuppliedStatus, TargetMap } from '../src/uptime/index.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** An outage: so long ago it began, and so long it was. */
type Outage = readonly [agoMs: number, forMs: number]

/** Group, latency, and outages of each. */
const TARGETS: Readonly<Record<string, readonly [group: string, latencyMs: number, ...outages: Outage[]]>> = {
  home: ['shop', 38, [27 * DAY, 12 * MINUTE]],
  checkout: ['shop', 62, [9 * DAY, 2 * HOUR], [5.2 * HOUR, 41 * MINUTE]],
  login: ['shop', 24, [17 * DAY, 5 * HOUR], [23 * MINUTE, Number.POSITIVE_INFINITY]],
  search: ['shop', 91, [3 * DAY, 9 * HOUR]],
  images: ['shop', 12, [26 * DAY, 25 * MINUTE]],
  postgres: ['storage', 4.4, [24 * DAY, 6 * MINUTE]],
  redis: ['storage', 2.6, [24 * DAY, 4 * MINUTE]],
  backup: ['storage', 7.5, [12.5 * DAY, 8 * HOUR]],
  mail: ['office', 110, [21 * DAY, 3 * HOUR]],
  dns: ['office', 3.2, [21 * DAY, 3 * HOUR]],
  printer: ['office', 9, [10 * DAY, 14 * HOUR]],
}
/** Growth a second of each counter at the busiest time. */
const COUNTERS: Readonly<Record<string, number>> = {
  orders: 12,
  'orders failed': 0.3,
  baskets: 31,
  payments: 11,
  'bytes sent': 4_200_000,
  'cache hits': 910,
  'cache misses': 64,
  'mails sent': 14,
  logins: 5,
  'logins refused': 0.4,
}
const REFUSED = 'connection refused'

/** How busy the shop is at this time of day, 0…1. */
export function busy(ms: number): number {
  const hour = (ms % DAY) / HOUR
  return 0.25 + 0.55 * Math.exp(-((hour - 13) ** 2) / 18) + 0.1 * Math.sin(ms / (1.7 * HOUR))
}

/** How every target was at a moment. @param end Unix ms from which outages are counted back. */
export function statusesAt(ms: number, end: number): Record<string, SuppliedStatus> {
  return Object.fromEntries(
    Object.entries(TARGETS).map(([alias, [group, latency, ...outages]]) => {
      const ago = end - ms
      const down = outages.some(([from, length]) => ago <= from && ago > from - length)
      const latencyMs = latency * (1 + busy(ms) * (0.6 + Math.random() * 0.5))
      const status = down ? { status: 'unhealthy' as const, reason: REFUSED } : { status: 'healthy' as const }
      return [alias, { latencyMs, group, ...status }]
    }),
  )
}

/** The same targets to be watched: a server that answers as slowly as they do, and nobody where one is down. */
export async function watchedTargets(): Promise<{ targets: TargetMap; server: Server }> {
  const server = createServer((request, response) => {
    const [, latency] = TARGETS[decodeURIComponent(request.url!.slice(1))] ?? ['', 1]
    setTimeout(() => response.end(), latency * (1 + busy(Date.now()) * 0.8))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  // The first answer of a program is no measure of the others.
  for (let i = 0; i < 3; i++) await fetch(`http://127.0.0.1:${port}/`)
  const targets = Object.entries(TARGETS).map(([alias, [group, , ...outages]]) => {
    const down = outages.some(([, length]) => length === Number.POSITIVE_INFINITY)
    const url = down ? 'tcp://127.0.0.1:1' : `http://127.0.0.1:${port}/${encodeURIComponent(alias)}`
    return [alias, { url, group }] as const
  })
  return { targets: Object.fromEntries(targets), server }
}

/** Counts what the shop does; parts of one are owed until they are whole. */
export function shopCounters(writer: CountersWriter): (part: number, seconds: number) => void {
  const counters = Object.entries(COUNTERS).map(([label, rate]) => ({
    counter: writer.addCounter(label),
    rate,
    owed: 0,
  }))
  return (part, seconds) => {
    for (const each of counters) {
      each.owed += part * each.rate * seconds * (0.85 + Math.random() * 0.3)
      const whole = Math.floor(each.owed)
      each.owed -= whole
      each.counter.add(BigInt(whole))
    }
  }
}
