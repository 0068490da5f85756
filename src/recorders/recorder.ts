/**
 * The contract of everything that samples are shipped to.
 *
 * A recorder only knows how to deliver one batch. Waiting, bounding, spilling to disk, retrying and counting are its queue's, the
 * same for all recorders.
 */
import type { Fields } from '../period/index.ts'
import type { Family } from '../prometheus/index.ts'

/** What one sample of one poller gives to recorders. */
export interface Shipment {
  /**
   * Unique among all shipments there ever were. A store that knows ids takes a shipment once, however often it is delivered: a
   * delivery that ends in a lost connection, or in a crash, is made again. Undefined: the store makes its own.
   */
  readonly id?: string
  /** The poller's name: the reader's name in the configuration. */
  readonly source: string
  /** The reader's `type_name`, else its name: recorders keep it as a field. */
  readonly typeName: string
  /** Unix milliseconds of the sample. */
  readonly at: number
  /** Flat documents, for stores of documents; empty if the recorder takes families. */
  readonly documents: readonly Fields[]
  /** Metric families, for stores of time series; empty if the recorder takes documents. */
  readonly families: readonly Family[]
}

/** How a batch was taken. */
export interface Delivery {
  /** Documents or points taken. */
  readonly shipped: number
  /** Documents or points that the store will never take, by reason. */
  readonly refused: ReadonlyMap<string, number>
}

/** A place that samples are shipped to. */
export interface Recorder {
  /** Its key in the configuration; keeps its case. */
  readonly name: string
  /** Address and index, tenant or labels, such as `elasticsearch 127.0.0.1:9200/expvastic`; without secrets, for it is shown. */
  readonly destination: string
  /** Which part of a shipment it ships. */
  readonly takes: 'documents' | 'families'
  /**
   * Delivers a batch, oldest first. One batch is under way at a time.
   *
   * @param signal Aborted at the recorder's time limit and when the program stops.
   * @throws MetricsError `unavailable` or `timeout` when it is to be tried again later (lost connections, 401, 403, 404, 429,
   *   5xx), `full` when it is too large at once (413): half of it comes next; any other when the batch will never be taken.
   */
  record(batch: readonly Shipment[], signal: AbortSignal): Promise<Delivery>
  /** Frees connections and files. */
  close?(): Promise<void>
}
