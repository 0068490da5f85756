/**
 * What knows no metric: errors, durations, time, files.
 *
 * @module
 */
export { formatDuration, parseDuration } from './duration.ts'
export { type ErrorCode, errnoOf, HTTP_STATUS, MetricsError, messageOf } from './errors.ts'
