/** What can be polled: programs that are not checked by types may hand in anything. */
import { MetricsError } from '../utils/index.ts'
import { SOURCE_NAME, SOURCE_NAME_RULE } from './source.ts'

const LEAST_INTERVAL_MS = 100
/** A timer of Node's takes no longer time: it would be over at once. */
const MOST_MS = 2 ** 31 - 1
/** What a source cannot be without, beside its name. */
const METHODS = ['collect', 'aggregate'] as const

/** @throws MetricsError `invalid` for what is no source, naming what is wrong with it and what is allowed. */
export function checkSource(source: unknown): void {
  if (typeof source !== 'object' || source === null)
    throw fault(told(source), 'a source is an object of name, collect and aggregate')
  const given = source as Readonly<Record<string, unknown>>
  const { name, intervalMs, timeoutMs } = given
  if (typeof name !== 'string' || !SOURCE_NAME.test(name))
    throw fault(`source ${told(name)}`, SOURCE_NAME_RULE)
  for (const method of METHODS)
    if (typeof given[method] !== 'function')
      throw fault(name, `its ${method} is ${told(given[method])}, it must be a function`)
  if (intervalMs !== undefined && !isFrom(LEAST_INTERVAL_MS, intervalMs))
    throw fault(name, `an interval is ${LEAST_INTERVAL_MS} to ${MOST_MS} ms`)
  if (timeoutMs !== undefined && !isFrom(1, timeoutMs)) throw fault(name, `a timeout is 1 to ${MOST_MS} ms`)
}

function fault(what: string, reason: string): MetricsError {
  return new MetricsError('invalid', `cannot poll ${what}: ${reason}`)
}

function isFrom(least: number, given: unknown): boolean {
  return typeof given === 'number' && given >= least && given <= MOST_MS
}

/** A text as it is; of anything else what it is. */
function told(given: unknown): string {
  if (typeof given === 'string') return JSON.stringify(given.slice(0, 80))
  return given === null || given === undefined ? String(given) : `a value of type ${typeof given}`
}
