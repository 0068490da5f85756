/**
 * What knows no metric: errors, durations, time, files.
 *
 * @module
 */
export { replaceFile } from './atomicfile.ts'
export { counted } from './counted.ts'
export { formatDuration, parseDuration } from './duration.ts'
export { type ErrorCode, errnoOf, HTTP_STATUS, MetricsError, messageOf, unlessMissing } from './errors.ts'
export { makeFolder } from './folder.ts'
export { matchesGlob } from './glob.ts'
export { hashOf } from './hash.ts'
export {
  addInt64,
  differenceInt64,
  type Int64,
  int64FromJson,
  int64Of,
  int64ToJson,
  meanInt64,
} from './int64.ts'
export { exactJson, isSameJson } from './json.ts'
export { matchesKeyword } from './keyword.ts'
export { lockFolder } from './lock.ts'
export { LOG_LEVELS, type Log, type LogLevel, SILENT, withLevel } from './log.ts'
export { markedJson, unmarked } from './markedjson.ts'
export { digestOfFiles, readAuthorities, readPem, readTlsFiles, type TlsFiles } from './pem.ts'
export { jsonInit, respond, respondEmpty, respondError, respondJson, SECURITY_HEADERS } from './respond.ts'
export { Tally } from './tally.ts'
export { Ticker, untilNextBeat } from './ticker.ts'
export { userName } from './user.ts'
