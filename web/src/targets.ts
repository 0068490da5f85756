/** Targets: their states in the newest sample, in words, in an order that shows the worst first. */
import type { StatusTarget } from '../../src/http/status.ts'
import { NONE, span } from './units.ts'

/** What of a target the newest sample tells. Source: `src/uptime/sample.ts`. */
export interface TargetState {
  readonly status: string
  /** Nanoseconds of the newest check. */
  readonly latency?: number
  readonly display_name?: string
  readonly group?: string | null
  readonly address?: string | null
  /** Unix seconds. */
  readonly since?: number
  readonly checked?: number | null
  readonly reason?: string | null
  readonly http_status?: number | null
  readonly certificate_days?: number | null
}

/** The newest sample of a source of targets. */
export interface TargetsSample {
  readonly timestamp: number
  readonly statuses: Readonly<Record<string, TargetState>>
}

/** Status → its word, its mark, and its place when the worst comes first. */
const STATUSES: Readonly<
  Record<
    string,
    { readonly word: string; readonly mark: string; readonly look: string; readonly place: number }
  >
> = {
  unhealthy: { word: 'Down', mark: '✕', look: 'bad', place: 0 },
  error: { word: 'Error', mark: '✕', look: 'bad', place: 0 },
  starting: { word: 'Starting', mark: '…', look: 'warn', place: 1 },
  unknown: { word: 'Unknown', mark: '?', look: 'muted', place: 2 },
  healthy: { word: 'Up', mark: '✓', look: 'good', place: 3 },
  napping: { word: 'Napping', mark: '☾', look: 'muted', place: 4 },
}

/** How a status is shown. */
export function lookOf(status: string) {
  return STATUSES[status] ?? STATUSES.unknown!
}

export function isDown(status: string): boolean {
  return lookOf(status).place === 0
}

/** In the order in which they are counted out. */
const WORDS = ['up', 'down', 'error', 'starting', 'unknown', 'napping']

/** How many are up, how many down, and all by their words: `8 up · 1 down · 2 unknown`. */
export function tally(targets: readonly { readonly status: string }[]): {
  readonly total: number
  readonly up: number
  readonly down: number
  readonly words: string
  /** The same in a sentence: `all 8 up`, `6 up · 2 unknown`, `1 of 9 down`. */
  readonly told: string
} {
  const counts = new Map<string, number>()
  for (const { status } of targets) {
    const word = lookOf(status).word.toLowerCase()
    counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  const total = targets.length
  const up = counts.get('up') ?? 0
  const down = targets.filter(({ status }) => isDown(status)).length
  const words = WORDS.flatMap((word) => (counts.has(word) ? `${counts.get(word)} ${word}` : [])).join(' · ')
  const told = down > 0 ? `${down} of ${total} down` : up === total ? `all ${total} up` : words
  return { total, up, down, words, told }
}

const NAMES = new Intl.Collator(undefined, { numeric: true })

/** Those that are down first, the newest outage first among them; then by how much of the time they were up, then by name. */
export function worstFirst(targets: readonly StatusTarget[]): StatusTarget[] {
  return [...targets].sort(
    (a, b) =>
      lookOf(a.status).place - lookOf(b.status).place ||
      (isDown(a.status) ? (b.since ?? 0) - (a.since ?? 0) : (a.uptime ?? 1) - (b.uptime ?? 1)) ||
      NAMES.compare(a.name, b.name),
  )
}

/**
 * Targets under the names of their groups, in the order of each group's worst; without groups all under an empty name. Those that
 * are down stand in a group of their own before the others: what is wrong is not to be looked for.
 *
 * @param targets The worst first.
 */
export function groupsOf<Target extends StatusTarget>(targets: readonly Target[]): [string, Target[]][] {
  if (targets.every(({ group }) => !group)) return targets.length === 0 ? [] : [['', [...targets]]]
  const down = targets.filter(({ status }) => isDown(status))
  const groups = new Map<string, Target[]>(down.length === 0 ? [] : [['Down', down]])
  for (const target of targets) {
    if (isDown(target.status)) continue
    const name = target.group || 'Others'
    groups.set(name, [...(groups.get(name) ?? []), target])
  }
  return [...groups]
}

/** Days until a certificate ends, in words; undefined without one. */
export function tellCertificate(days: number | null | undefined): { text: string; look: string } | undefined {
  if (days === null || days === undefined) return undefined
  const look = days < 7 ? 'bad' : days < 21 ? 'warn' : 'muted'
  if (days < 0) return { text: `expired ${span(-days * 86_400)} ago`, look }
  return { text: days < 2 ? span(days * 86_400) : `${Math.floor(days)} d`, look }
}

/** A part of the time as a percentage; 100 is said only of what was never down. Null, not known, is `–`. */
export function percentOf(part: number | null): string {
  if (part === null) return NONE
  const floored = Math.floor(part * 10_000 + 1e-7) / 100
  return `${part < 1 && floored === 100 ? '99.99' : floored}\u202F%`
}
