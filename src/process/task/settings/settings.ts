/**
 * What can be changed while the process runs: the one table of the settings, each with what is allowed.
 *
 * A document is a map with some of these keys, as it stands in a configuration, in Redis, in PostgreSQL or in a request.
 * Source: luci-go server/tsmon/settings.go.
 */
import { formatDuration, MetricsError, messageOf, parseDuration } from '../../../utils/index.ts'

/** The settings, checked. */
export interface TaskSettings {
  /** Off: nothing is flushed or claimed, and the number is given back. Whether recording goes on is for `Flushable.setEnabled` to say. @default false */
  readonly enabled: boolean
  /** Time from one flush to the next. @default 60 s */
  readonly flushIntervalMs: number
  /** What one flush may take, asking for a number included; shorter than the interval. @default 5 s */
  readonly flushTimeoutMs: number
  /** Parts of one flush that are sent at a time. @default 4 */
  readonly flushWorkers: number
  /** Whether memory, garbage collection and the event loop are flushed. @default false */
  readonly reportRuntimeStats: boolean
  /** Names of the recorders that flushes go to, of those that ship; empty: wherever they go by default. */
  readonly destination: readonly string[]
}

/** What a place allows beside what is always allowed. */
export interface SettingsLimits {
  /** @default 10 s */
  readonly leastIntervalMs?: number | undefined
  /** The lease of task numbers: three flushes must fit in. Undefined: there is none. */
  readonly leaseMs?: number | undefined
  /** Names of the recorders there are. Undefined: any name is. */
  readonly destinations?: readonly string[] | undefined
}

/** What is used when nothing is said. */
export const DEFAULT_SETTINGS: TaskSettings = {
  enabled: false,
  flushIntervalMs: 60_000,
  flushTimeoutMs: 5_000,
  flushWorkers: 4,
  reportRuntimeStats: false,
  destination: [],
}

/** Of the flush interval. */
const LEAST_INTERVAL_MS = 10_000
const GREATEST_INTERVAL_MS = 86_400_000
/** Flushes that fit in a lease: one may fail or be late, and the number stays. */
export const FLUSHES_A_LEASE = 3
const MAX_WORKERS = 64
const MAX_DESTINATIONS = 16

type Check = (value: unknown, limits: SettingsLimits) => Partial<TaskSettings>

const CHECKS: Readonly<Record<string, Check>> = {
  enabled: (value) => ({ enabled: flag(value) }),
  flush_interval: (value, limits) => ({ flushIntervalMs: intervalOf(value, limits) }),
  flush_timeout: (value) => ({ flushTimeoutMs: timeoutOf(value) }),
  flush_workers: (value) => ({ flushWorkers: whole(value, MAX_WORKERS) }),
  report_runtime_stats: (value) => ({ reportRuntimeStats: flag(value) }),
  destination: (value, limits) => ({ destination: names(value, limits) }),
}

/** The keys that a document may have. */
export const SETTINGS_KEYS: readonly string[] = Object.keys(CHECKS)

/**
 * The settings of a document; a key that is not there has its default.
 *
 * @throws MetricsError `invalid` that names each wrong key and what is allowed.
 */
export function parseSettings(document: unknown, limits: SettingsLimits = {}): TaskSettings {
  const faults: string[] = []
  let settings = DEFAULT_SETTINGS
  for (const [key, value] of Object.entries(mapOf(document))) {
    if (value === undefined) continue
    try {
      settings = { ...settings, ...parseSetting(key, value, limits) }
    } catch (error) {
      faults.push(`${key}: ${messageOf(error)}`)
    }
  }
  if (faults.length === 0 && settings.flushTimeoutMs >= settings.flushIntervalMs)
    faults.push(`flush_timeout: allowed is less than flush_interval, ${text(settings.flushIntervalMs)}`)
  if (faults.length > 0) throw new MetricsError('invalid', `invalid settings: ${faults.join('; ')}`)
  return settings
}

/** What one key of a document says. Throws an error that tells what is allowed. */
export function parseSetting(
  key: string,
  value: unknown,
  limits: SettingsLimits = {},
): Partial<TaskSettings> {
  if (Object.hasOwn(CHECKS, key)) return CHECKS[key]!(value, limits)
  throw new MetricsError('invalid', `unknown key; allowed are ${SETTINGS_KEYS.join(', ')}`)
}

/** A document as the map it must be. @throws MetricsError `invalid` */
export function mapOf(document: unknown): object {
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document
  throw new MetricsError('invalid', `invalid settings: expected a map of ${SETTINGS_KEYS.join(', ')}`)
}

/** Settings as a document with all keys. */
export function settingsDocument(settings: TaskSettings): Record<string, unknown> {
  return {
    enabled: settings.enabled,
    flush_interval: text(settings.flushIntervalMs),
    flush_timeout: text(settings.flushTimeoutMs),
    flush_workers: settings.flushWorkers,
    report_runtime_stats: settings.reportRuntimeStats,
    destination: settings.destination,
  }
}

function flag(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new Error(`${shown(value)}: allowed are true and false`)
}

function duration(value: unknown): number {
  if (typeof value !== 'string') throw new Error(`${shown(value)}: expected a duration, such as 5s or 1m30s`)
  return parseDuration(value)
}

function timeoutOf(value: unknown): number {
  const ms = duration(value)
  if (ms < 0 || ms > GREATEST_INTERVAL_MS)
    throw new Error(`${shown(value)}: allowed are 0s to ${text(GREATEST_INTERVAL_MS)}`)
  return ms || DEFAULT_SETTINGS.flushTimeoutMs
}

function intervalOf(
  value: unknown,
  { leastIntervalMs = LEAST_INTERVAL_MS, leaseMs }: SettingsLimits,
): number {
  const ms = duration(value)
  const greatest = Math.min(GREATEST_INTERVAL_MS, (leaseMs ?? Number.POSITIVE_INFINITY) / FLUSHES_A_LEASE)
  if (ms >= leastIntervalMs && ms <= greatest) return ms
  const lease = leaseMs === undefined ? '' : `, a third of the lease of ${text(leaseMs)}`
  const why = greatest < GREATEST_INTERVAL_MS ? lease : ''
  throw new Error(`${shown(value)}: allowed are ${text(leastIntervalMs)} to ${text(greatest)}${why}`)
}

function whole(value: unknown, greatest: number): number {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= greatest)
    return value as number
  throw new Error(`${shown(value)}: allowed are whole numbers from 1 to ${greatest}`)
}

function names(value: unknown, { destinations }: SettingsLimits): readonly string[] {
  if (
    !Array.isArray(value) ||
    value.length > MAX_DESTINATIONS ||
    value.some((name) => typeof name !== 'string')
  )
    throw new Error(`${shown(value)}: expected a list of up to ${MAX_DESTINATIONS} names of recorders`)
  const unknown = (value as string[]).find((name) => destinations?.includes(name) === false)
  if (unknown === undefined) return value as string[]
  const allowed = destinations?.join(', ') || 'none: there are no recorders'
  throw new Error(`unknown recorder ${shown(unknown)}: allowed are ${allowed}`)
}

function text(ms: number): string {
  return formatDuration(Math.floor(ms))
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 80)
}
