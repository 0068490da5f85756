/** Statuses that no server sends. */

/** A request that its client gave up before it had the whole answer. Source: nginx's 499. */
export const ABORTED = 499
/** No answer at all came. Source: luci-go `common/tsmon/monitor`. */
export const NO_ANSWER = 0
/** Name of all requests that no route was found for: their paths are whatever a stranger asks for. */
export const UNMATCHED = '*'
