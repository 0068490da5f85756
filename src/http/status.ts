/**
 * What a status page shows, and nothing else: each target's name, group, state, and a letter for each slot of a period.
 *
 * May be open to everybody while the rest wants the token, so it is built from the fields named here: no address, no reason of a
 * failure, no certificate. It is also the shortest form of a period: 1,000 targets take half a megabyte, where their rows
 * take six.
 */
import type { Context } from 'hono'
import { type Answer, type AnyPoller, notModified, PERIODS, type Period, SLOTS } from '../period/index.ts'
import { exactJson, jsonInit, MetricsError, respondError } from '../utils/index.ts'

/** Status of a slot → its letter in `slots`; a slot without a check is `-`. */
const LETTERS: Readonly<Record<string, string>> = {
  healthy: 'u',
  unhealthy: 'd',
  napping: 'n',
  starting: 's',
  unknown: '?',
  error: 'd',
}

/** Targets of the same machine answer within a millisecond. */
const PRECISE = { precise: 'true' }

/** Of a slot that ended well, but in which it was down. */
const PARTLY_DOWN = 'p'

/** The newest sample of a source of targets, as far as it is read here. */
interface TargetsSample {
  readonly statuses?: Readonly<
    Record<string, { readonly status: string; readonly group?: string | null; readonly since?: number }>
  >
}

/** A row of a source of targets, as far as it is read here. Source: GoDoxy's `uptime`. */
interface TargetRow {
  readonly alias: string
  readonly display_name?: string
  readonly uptime: number
  readonly downtime?: number
  readonly avg_latency?: number
  readonly current_status: string
  readonly statuses: readonly {
    readonly status: string
    readonly latency?: number | null
    readonly timestamp: number
    /** Part of the slot's checks that found it down; absent where all were as the last one. */
    readonly downtime?: number
  }[]
}

/** A target of a status page. */
export interface StatusTarget {
  /** The name in the configuration, and the source it belongs to. */
  readonly alias: string
  readonly source: string
  readonly name: string
  readonly group: string | null
  /** healthy, unhealthy, napping, starting or unknown */
  readonly status: string
  /** Unix seconds at which that status began; null if it is not known. */
  readonly since: number | null
  /**
   * Part of the period's checks that found it healthy, 0…1; those of a target that naps or starts count for nothing. Null where
   * none counts: of a target that was never heard of nobody knows.
   */
  readonly uptime: number | null
  /** Mean over the period, ms; null where nothing was measured. */
  readonly latency: number | null
  /** A letter for each of 100 slots, oldest first, the last one still open: u d n s ?, p where it was down for a part, - where nobody looked. */
  readonly slots: string
  /** Latency of each slot in ms, as `slots`. */
  readonly latencies: readonly (number | null)[]
}

/**
 * `GET /status.json?period=1d`: all targets of these pollers.
 *
 * @param periods Those there are; they are told with each answer, so that a page can offer them.
 */
export function statusHandler(
  pollers: readonly AnyPoller[],
  periods: readonly Period[] = pollers[0]?.periods ?? PERIODS,
): (c: Context) => Response {
  const kept = new Map<string, Pick<Answer, 'body' | 'init'>>()
  const offered = periods.map(({ name, durationMs }) => ({ name, seconds: durationMs / 1000 }))
  return (c) => {
    const wanted = c.req.query('period') || '1d'
    const period = periods.find(({ name }) => name === wanted)
    if (period === undefined) {
      const allowed = periods.map(({ name }) => name).join(', ')
      return respondError(
        new MetricsError('invalid', `invalid period ${JSON.stringify(wanted)}: allowed are ${allowed}`),
      )
    }
    const versions = pollers.map((poller) => `${poller.version}.${poller.slotNow(period.name)}`)
    // Without a target nothing tells that time has passed but the time.
    if (versions.length === 0) versions.push(String(Date.now()))
    const etag = `"${period.name}-${versions.join('-')}"`
    const unchanged = notModified(c, { etag, vary: 'accept' })
    if (unchanged !== undefined) return unchanged
    let answer = kept.get(period.name)
    if (answer?.init.headers.etag !== etag) {
      const targets = pollers.flatMap((poller) => targetsOf(poller, period))
      const seconds = period.intervalMs / 1000
      const now = Date.now() / 1000
      const told = { period: period.name, periods: offered, slot_seconds: seconds, now, targets }
      const body = Buffer.from(exactJson(told))
      answer = { body, init: jsonInit(etag, body.length) }
      kept.set(period.name, answer)
    }
    return new Response(answer.body, answer.init)
  }
}

function targetsOf(poller: AnyPoller, period: { name: string; intervalMs: number }): StatusTarget[] {
  const query = {
    period: period.name,
    stat: 'mean',
    limit: 0,
    offset: 0,
    keyword: '',
    params: PRECISE,
  } as const
  const now = (poller.latest as TargetsSample | undefined)?.statuses
  const oldest = poller.slotNow(period.name) - SLOTS + 1
  const rows = poller.query(query).data as readonly TargetRow[]
  // What was removed keeps its history, and is no target any more; before the first sample nobody knows what is one.
  const present = now === undefined ? rows : rows.filter(({ alias }) => Object.hasOwn(now, alias))
  return present.map((row) => {
    const state = now?.[row.alias]
    const slots = new Array<string>(SLOTS).fill('-')
    const latencies = new Array<number | null>(SLOTS).fill(null)
    for (const { status, latency, timestamp, downtime = 0 } of row.statuses) {
      const at = Math.floor((timestamp * 1000) / period.intervalMs) - oldest
      if (!(at >= 0 && at < SLOTS)) continue
      slots[at] = downtime > 0 && LETTERS[status] !== 'd' ? PARTLY_DOWN : (LETTERS[status] ?? '?')
      latencies[at] = status === 'healthy' ? rounded(latency) : null
    }
    return {
      alias: row.alias,
      source: poller.name,
      name: row.display_name || row.alias,
      group: state?.group || null,
      status: state?.status ?? row.current_status,
      since: state?.since ?? null,
      uptime: awake(row),
      latency: row.uptime > 0 ? rounded(row.avg_latency) : null,
      slots: carried(slots).join(''),
      latencies,
    }
  })
}

/** A printer that is off by plan every night is not up for half of the time only. */
function awake({ uptime, downtime = 1 - uptime }: TargetRow): number | null {
  return uptime + downtime > 0 ? uptime / (uptime + downtime) : null
}

/**
 * A target that is checked once a minute has a check in one of twenty slots of five minutes: between two checks it is what the
 * first one found. Where checks are missing for longer than they mostly are apart, nobody looked.
 */
function carried(slots: readonly string[]): string[] {
  const checked = slots.flatMap((letter, place) => (letter === '-' ? [] : [place]))
  const apart = checked.slice(1).map((place, i) => place - checked[i]!)
  const usual = apart.sort((a, b) => a - b)[apart.length >> 1] ?? 1
  let last = Number.NEGATIVE_INFINITY
  return slots.map((letter, place) => {
    if (letter !== '-') last = place
    if (letter !== '-' || place - last > usual) return letter
    return slots[last] === PARTLY_DOWN ? 'u' : slots[last]!
  })
}

/** Three figures of a latency say enough. */
function rounded(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : Number(ms.toPrecision(3))
}
