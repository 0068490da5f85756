/**
 * Ships to an OpenTelemetry collector by OTLP/HTTP.
 *
 * ```ts
 * const collector = createOtlpRecorder({ name: 'collector', endpoint: 'http://127.0.0.1:4318' })
 * await collector.record(batch, AbortSignal.timeout(5000))
 * ```
 *
 * @module
 */
export { createOtlpRecorder, type OtlpOptions } from './recorder.ts'
