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

/** Without a user agent it is nobody known. */
export function isRobot(userAgent: string | undefined): boolean {
  if (userAgent === undefined) return false
  return (
    NAMED.test(userAgent) ||
    STARTS.some((start) => userAgent.startsWith(start)) ||
    PARTS.some((part) => userAgent.includes(part)) ||
    userAgent === WHOLE
  )
}
