/** What can be said of a target. */

/** Types of records that a name server can be asked for. */
export const RECORD_TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'] as const
export type RecordType = (typeof RECORD_TYPES)[number]

/**
 * How a target is checked, and what of it is expected. The scheme of its address says which options there are beside
 * the general ones.
 */
export interface TargetOptions {
  /**
   * `http://…` `https://…` `tcp://host:port` `tls://host[:443]` `ws://…` `wss://…` `icmp://host` `dns:name`
   * `dns://server[:53]/name` `push` `push:25h`
   */
  readonly url: string
  /** Time from one check to the next, 1 s to 24 h. @default 5000 */
  readonly intervalMs?: number
  /** A check that takes longer has failed; not longer than the interval. @default 5000, or the interval if that is less */
  readonly timeoutMs?: number
  /** Failures one after the other that do not make it unhealthy yet, 0 to 100. @default 0 */
  readonly retries?: number
  /** Failures are `starting` for so long after it is first watched, until its first success. @default 0 */
  readonly startPeriodMs?: number
  /** Times at which it is not checked and `napping`: `02:00-04:00`, `Sat,Sun 22:00-06:00`, in local time. */
  readonly quiet?: readonly string[]
  /** @default its alias */
  readonly displayName?: string
  readonly group?: string
  /** Alias of a target without which this one cannot be reached: while that fails, a failure of this one is `unknown`. */
  readonly dependsOn?: string

  /** http: @default 'GET' */
  readonly method?: string
  /** http, ws: sent with the request. */
  readonly headers?: Readonly<Record<string, string>>
  /** http: sent with the request. */
  readonly body?: string
  /** http: statuses that are healthy. @default '200-399' */
  readonly expectStatus?: string
  /** http: text that the body holds. */
  readonly expectText?: string
  /** http: path in the body's JSON, keys and places joined by dots → value that stands there. */
  readonly expectJson?: Readonly<Record<string, unknown>>
  /** http: whether redirects are followed, 10 at most. @default true */
  readonly redirects?: boolean
  /** http: a longer body is a failure. @default 1048576 */
  readonly maxBodyBytes?: number

  /** https, tls, wss: whether the certificate must be valid and trusted. @default true */
  readonly verify?: boolean
  /** https, tls, wss: path of PEM certificates that are trusted instead of those that come with Node. */
  readonly ca?: string
  /** Of the bytes of that file when the options were read: with others the target is watched anew. */
  readonly caDigest?: string
  /** https, tls, wss: least days until the certificate expires. @default 0 */
  readonly certificateDays?: number

  /** dns: @default 'A', or the `type` of the address */
  readonly record?: RecordType
  /** dns: answers that must be among those given, as `dig +short` prints them, with or without its quotes. */
  readonly expectAnswer?: readonly string[]

  /** ws: text to send once it is open. */
  readonly send?: string
  /** ws: text that the first message holds. */
  readonly expectReply?: string

  /** push: longest time between two reports. @default 60000, or that of the address */
  readonly graceMs?: number
}

/** What holds for all targets that do not say otherwise. */
export type TargetDefaults = Pick<TargetOptions, 'intervalMs' | 'timeoutMs' | 'retries'>

/** What is wrong with an option, and which. */
export interface TargetFault {
  readonly key: keyof TargetOptions
  readonly reason: string
}

export const DEFAULT_INTERVAL_MS = 5000
export const DEFAULT_TIMEOUT_MS = 5000
export const DEFAULT_GRACE_MS = 60_000
export const DEFAULT_MAX_BODY_BYTES = 1024 * 1024
const LEAST_INTERVAL_MS = 1000
const MOST_INTERVAL_MS = 86_400_000
const MAX_RETRIES = 100
const MAX_BODY_BYTES = 64 * 1024 * 1024

/** Targets of one source. */
export const MAX_TARGETS = 10_000
/** What an alias may be: a part of a URL, without what would have to be escaped there. */
export const ALIAS = /^[\p{L}\p{N}._:@-]{1,128}$/u

/** What is wrong with the numbers of a target. */
export function numberFaults({
  intervalMs = DEFAULT_INTERVAL_MS,
  timeoutMs = Math.min(DEFAULT_TIMEOUT_MS, intervalMs),
  retries = 0,
  startPeriodMs = 0,
  certificateDays = 0,
  maxBodyBytes = 1,
  graceMs = DEFAULT_GRACE_MS,
}: Omit<TargetOptions, 'url'>): TargetFault[] {
  const faults: TargetFault[] = []
  const check = (key: keyof TargetOptions, holds: boolean, reason: string) => {
    if (!holds) faults.push({ key, reason })
  }
  const within = (value: number, least: number, most: number) => value >= least && value <= most
  check('intervalMs', within(intervalMs, LEAST_INTERVAL_MS, MOST_INTERVAL_MS), 'allowed are 1s to 24h')
  check('timeoutMs', within(timeoutMs, 1, intervalMs), 'allowed are 1ms to the interval')
  check('retries', within(retries, 0, MAX_RETRIES) && Number.isInteger(retries), 'allowed are 0 to 100')
  check('startPeriodMs', startPeriodMs >= 0, 'a duration is not negative')
  check('certificateDays', certificateDays >= 0, 'days are not negative')
  check('maxBodyBytes', within(maxBodyBytes, 1, MAX_BODY_BYTES), `allowed are 1 to ${MAX_BODY_BYTES}`)
  check('graceMs', graceMs >= LEAST_INTERVAL_MS, 'allowed are 1s and more')
  return faults
}
