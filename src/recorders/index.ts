/**
 * Where samples are shipped: recorders, a queue for each, and the routes from readers to them.
 *
 * ```ts
 * const recorder = await openRecorder('out', { type: 'file', options: { path: 'out.ndjson' } }, log)
 * const queue = await RecorderQueue.open(recorder, {}, log)
 * queue.offer(new Shipper().ship(source, 'my_app', sample, Date.now(), new Set([recorder.takes])))
 * await queue.stop(1000)
 * ```
 *
 * @module
 */
export { OWN_FIELDS } from './document.ts'
export { flatten } from './flatten.ts'
export { destinationOf, openRecorder, placeOf, type RecorderSettings } from './open.ts'
export type { QueueOptions, RecorderStatus } from './queue/options.ts'
export { RecorderQueue } from './queue/queue.ts'
export { spoolFolder } from './queue/spoolof.ts'
export type { Change } from './queue/status.ts'
export type { Delivery, Recorder, Shipment } from './recorder.ts'
export { planRoutes, type Route } from './route.ts'
export { parseIndexName } from './search/indexname.ts'
export { Shipper } from './shipment.ts'
