/** Where series are written, and as what. Nothing of this loads what writes them. */
import { describeEndpoint, type EndpointOptions } from '../address.ts'

/** Where Prometheus and VictoriaMetrics take samples; Mimir has `/api/v1/push`. */
export const REMOTE_WRITE_PATH = '/api/v1/write'

const MEBIBYTE = 1024 * 1024

/** Source of the count: Prometheus, `max_samples_per_send`. */
export const REMOTE_WRITE_DEFAULTS = { maxSeries: 2000, maxBytes: 4 * MEBIBYTE } as const

/** Options of the recorder. */
export interface RemoteWriteOptions extends EndpointOptions {
  /** Labels of all series beside their own; an empty one leaves out `job` or `instance`. @default job and instance */
  readonly labels?: Readonly<Record<string, string>>
  /** Samples in a message at most. @default 2000 */
  readonly maxSeries?: number
  /** Bytes of a message before compression at most. @default 4 MiB */
  readonly maxBytes?: number
  /** Version of the program, for the `User-Agent`. */
  readonly version?: string
}

/** The address, and what tells its series from those of another recorder there. */
export function remoteWriteDestination(options: RemoteWriteOptions): string {
  return `prometheus_remote_write ${describeEndpoint(options, REMOTE_WRITE_PATH, options.labels)}`
}
