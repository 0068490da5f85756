/** What of the settings may be, and what may change while running. */
import { type Config, parseToken } from './config/index.ts'
import { isLoopbackName } from './http/guard.ts'
import { isSameJson, type Log, MetricsError } from './utils/index.ts'

/** A token under this length is warned of. */
const SHORT_TOKEN = 16

/** A configuration is taken up, except for a reader that cannot start: `message` says which and why. */
export class PartlyTaken extends MetricsError {
  constructor(reason: string, cause: unknown) {
    super('unavailable', `${reason}; all else is taken up`, { cause })
  }
}

/** Settings that hold until the next start, and how a configuration file calls them. */
const FIXED = {
  listen: 'listen',
  dataDir: 'data',
  insecure: 'insecure',
  maxSockets: 'max_sockets',
  periods: 'periods',
} as const
export const FIXED_KEYS = Object.keys(FIXED) as (keyof typeof FIXED)[]

/** Says which of them were changed. */
export function tellFixed(config: Config, next: Config, log: Log): void {
  const changed = FIXED_KEYS.filter((key) => !isSameJson(config[key], next[key])).map((key) => FIXED[key])
  if (changed.length > 0)
    log.warn({ settings: changed }, 'changed settings that hold only from the next start on')
}

/** @throws MetricsError `invalid` where others could read this machine without a token, or nobody could send it. */
export function refuseOpen({ listen, token, insecure }: Config): void {
  if (!isLoopbackName(listen.host) && token === undefined && !insecure) {
    const reason =
      'others could read this machine: set a token (TREERING_TOKEN or settings.token), or allow it with --insecure'
    throw new MetricsError('invalid', `cannot listen on ${listen.host} without a token: ${reason}`)
  }
  if (token !== undefined) parseToken(token)
}

/** Warns of a token that is easily guessed. */
export function warnOfShort({ token }: Config, log: Log): void {
  if (token !== undefined && token.length < SHORT_TOKEN) {
    log.warn(
      { length: token.length },
      `the token is short: ${SHORT_TOKEN} characters or more are hard to guess`,
    )
  }
}

/** A file that was seen half-written must not open what was closed. @throws MetricsError `invalid` */
export function refuseTokenGone(config: Config, next: Config): void {
  if (config.token !== undefined && next.token === undefined) {
    const reason = 'restart to run without a token'
    throw new MetricsError('invalid', `cannot take the token away while running: ${reason}`)
  }
}
