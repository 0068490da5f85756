/** Whether a program that asks by itself asks. Source: luci-go `server/tsmon/middleware.go`. */

const PARTS = ['GoogleBot', 'GoogleSecurityScanner']
const STARTS = ['kube-probe/', 'GoogleHC/']
const WHOLE = 'B3M/prober'

/** Upper and lower case differ. Without a user agent it is nobody known. */
export function isRobot(userAgent: string | undefined): boolean {
  if (userAgent === undefined) return false
  return (
    STARTS.some((start) => userAgent.startsWith(start)) ||
    PARTS.some((part) => userAgent.includes(part)) ||
    userAgent === WHOLE
  )
}
