/**
 * Where samples are shipped.
 *
 * @module
 */
export type { Delivery, Recorder, Shipment } from './recorder.ts'
