/**
 * Ships to an OpenTelemetry collector by OTLP/HTTP.
 *
 * ```ts
 * const collector = createOtlpRecorder('collector', { endpoint: 'http://127.0.0.1:4318' })
 * await collector.record(batch, AbortSignal.timeout(5000))
 * ```
 *
 * @module
 */
export type { OtlpOptions } from './options.ts'
export { createOtlpRecorder } from './recorder.ts'
