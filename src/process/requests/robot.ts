/**
 * Whether a program that asks by itself asks.
 * Source: luci-go `server/tsmon/middleware.go`. Differs from it: all that call themselves bot, crawler or spider, in any case; luci knows
 * `GoogleBot` alone, as Google itself does not write it.
 */

/** Not the telephones named CUBOT. */
const NAMED = /(?<!\bcu)bot\b|crawler|spider/i
const PARTS = ['GoogleSecurityScanner']
const STARTS = ['kube-probe/', 'GoogleHC/']
const WHOLE = 'B3M/prober'

/** User agents whose answer is kept at hand: few programs ask often, and trying all names costs more than the rest of a record. */
const MAX_KNOWN = 1000
/** A longer one is looked at anew each time, so that what is kept has a limit. */
const MAX_KNOWN_LENGTH = 512
const known = new Map<string, boolean>()

/** Without a user agent it is nobody known. */
export function isRobot(userAgent: string | undefined): boolean {
  if (userAgent === undefined) return false
  const before = known.get(userAgent)
  if (before !== undefined) return before
  const robot = namesRobot(userAgent)
  if (userAgent.length > MAX_KNOWN_LENGTH) return robot
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(userAgent, robot)
  return robot
}

function namesRobot(userAgent: string): boolean {
  return (
    NAMED.test(userAgent) ||
    STARTS.some((start) => userAgent.startsWith(start)) ||
    PARTS.some((part) => userAgent.includes(part)) ||
    userAgent === WHOLE
  )
}
