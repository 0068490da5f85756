/**
 * Durations as Go writes them (`500ms`, `1m30s`), with `d` and `w` added for long periods.
 * Source: Go `time.ParseDuration` and `time.Duration.String`.
 */
import { MetricsError } from './errors.ts'

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const WHOLE = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d|w))+$/
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w)/g
const MAX_LENGTH = 64

/** Milliseconds of a duration such as `5s`, `1m30s`, `365d` or `0`; may be negative. Throws `invalid`. */
export function parseDuration(text: string): number {
  if (text === '0') return 0
  if (text.length > MAX_LENGTH || !WHOLE.test(text)) {
    throw new MetricsError(
      'invalid',
      `invalid duration ${JSON.stringify(text.slice(0, MAX_LENGTH))}: expected a number with a unit (ns, us, ms, s, m, h, d, w), such as 500ms, 5s or 1h30m`,
    )
  }
  let ms = 0
  for (const [, amount, unit] of text.matchAll(PART)) ms += Number(amount) * UNIT_MS[unit!]!
  return text.startsWith('-') ? -ms : ms
}

/** A duration in Go's form: `3s`, `14m24s`, `7h12m0s`, `2.5s`, `500ms`. `ms` is not negative. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  if (ms < 1000) return `${ms}ms`
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor((ms % 3_600_000) / 60_000)
  const seconds = (ms % 60_000) / 1000
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`
}
