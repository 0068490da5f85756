/** The query parameters of a metrics request, checked. */
import { MetricsError, parseDuration } from '../utils/index.ts'
import type { Query, StatName } from './source.ts'

const STATS: readonly StatName[] = ['mean', 'min', 'max']
/** Least time between two messages of a stream, and the default. Source: GoDoxy. */
const LEAST_STREAM_INTERVAL_MS = 1000
const MAX_TEXT = 256
const WHOLE_NUMBER = /^\d{1,9}$/

/** What a request asks for. */
export interface MetricsRequest {
  /** Undefined asks for the newest sample. */
  readonly query: Query | undefined
  /** Time between two messages of a stream. */
  readonly intervalMs: number
}

/** What is asked must be one of these. */
interface Allowed {
  readonly periods: readonly { name: string }[]
  /** The source's own parameters. */
  readonly params: readonly string[]
}

/**
 * Reads `period`, `aggregate`, `stat`, `limit`, `offset`, `newest`, `keyword`, `interval` and the source's own parameters. An empty
 * value is an absent one; other parameters are passed over.
 *
 * @param search With or without the leading `?`.
 * @throws MetricsError `invalid`, naming the parameter and what is allowed.
 */
export function parseRequest(search: string, allowed: Allowed): MetricsRequest {
  const given = new URLSearchParams(search)
  const text = (name: string): string | undefined => {
    const value = given.get(name) ?? ''
    if (value.length > MAX_TEXT)
      throw new MetricsError('invalid', `invalid ${name}: longer than ${MAX_TEXT} characters`)
    return value === '' ? undefined : value
  }
  const oneOf = <T extends string>(name: string, value: string, names: readonly T[]): T => {
    if (names.includes(value as T)) return value as T
    throw new MetricsError(
      'invalid',
      `invalid ${name} ${JSON.stringify(value)}: allowed are ${names.join(', ')}`,
    )
  }
  const wholeNumber = (name: string): number => {
    const value = text(name) ?? '0'
    if (WHOLE_NUMBER.test(value)) return Number(value)
    throw new MetricsError(
      'invalid',
      `invalid ${name} ${JSON.stringify(value)}: allowed are whole numbers from 0 to 999999999`,
    )
  }

  const stat = oneOf('stat', text('stat') ?? 'mean', STATS)
  const limit = wholeNumber('limit')
  const newest = wholeNumber('newest')
  const offset = wholeNumber('offset')
  const intervalMs = streamInterval(text('interval'))
  const period = text('period')
  if (period === undefined) return { query: undefined, intervalMs }
  oneOf(
    'period',
    period,
    allowed.periods.map(({ name }) => name),
  )
  const aggregate = text('aggregate')
  const params: Record<string, string> = {}
  for (const name of allowed.params) {
    const value = text(name)
    if (value !== undefined) params[name] = value
  }
  const keyword = text('keyword') ?? ''
  const query = {
    period,
    stat,
    limit,
    offset,
    keyword,
    params,
    ...(aggregate === undefined ? {} : { aggregate }),
    ...(newest === 0 ? {} : { newest }),
  }
  return { query, intervalMs }
}

/** The rows that `limit` and `offset` leave; beyond the end there are none. */
export function cutRows<Row>(
  rows: readonly Row[],
  { limit, offset }: Pick<Query, 'limit' | 'offset'>,
): Row[] {
  return rows.slice(offset, limit === 0 ? rows.length : offset + limit)
}

function streamInterval(text: string | undefined): number {
  if (text === undefined) return LEAST_STREAM_INTERVAL_MS
  try {
    const ms = parseDuration(text)
    if (ms >= 0) return Math.max(ms, LEAST_STREAM_INTERVAL_MS)
    throw new MetricsError('invalid', 'it is negative')
  } catch {
    throw new MetricsError(
      'invalid',
      `invalid interval ${JSON.stringify(text)}: allowed are durations such as 1s, 2500ms or 1m30s; a shorter one counts as 1s`,
    )
  }
}
