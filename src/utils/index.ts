/**
 * What knows no metric: errors, durations, time, files.
 *
 * @module
 */
export { formatDuration, parseDuration } from './duration.ts'
export { type ErrorCode, errnoOf, HTTP_STATUS, MetricsError, messageOf } from './errors.ts'
export { exactJson } from './json.ts'
export { matchesKeyword } from './keyword.ts'
export { respond, respondEmpty, respondError, respondJson, SECURITY_HEADERS } from './respond.ts'
