/**
 * Ships to Prometheus by remote write.
 *
 * ```ts
 * const store = createRemoteWriteRecorder('prometheus', { endpoint: 'http://127.0.0.1:9090' })
 * await store.record(batch, AbortSignal.timeout(5000))
 * ```
 *
 * @module
 */
export type { RemoteWriteOptions } from './options.ts'
export { createRemoteWriteRecorder } from './recorder.ts'
