/** Where metrics are sent, and as whose. Nothing of this loads what sends them. */
import { describeEndpoint, type EndpointOptions } from '../address.ts'

/** Where collectors take metrics. Source: OTLP 1.x, "OTLP/HTTP Request". */
export const OTLP_PATH = '/v1/metrics'

const MEBIBYTE = 1024 * 1024

/** Source of the other defaults: OpenTelemetry's exporters. */
export const OTLP_DEFAULTS = {
  encoding: 'protobuf',
  compression: 'none',
  maxPoints: 2000,
  maxBytes: 4 * MEBIBYTE,
} as const

/** Options of the recorder. */
export interface OtlpOptions extends EndpointOptions {
  /** @default 'protobuf' */
  readonly encoding?: 'protobuf' | 'json'
  /** @default 'none' */
  readonly compression?: 'gzip' | 'none'
  /**
   * Attributes of the resource, such as `deployment.environment.name`; an empty one leaves out one that is there by itself:
   * `service.name` (the reader's type name), `service.instance.id` and `host.name` (the host).
   */
  readonly attributes?: Readonly<Record<string, string>>
  /** Points in a message at most. @default 2000 */
  readonly maxPoints?: number
  /** Bytes of a message before compression at most. @default 4 MiB */
  readonly maxBytes?: number
  /** Version of the program, for the scope and the `User-Agent`. */
  readonly version?: string
}

/** The address, and what tells its resources from those of another recorder there. */
export function otlpDestination(options: OtlpOptions): string {
  return `otlp ${describeEndpoint(options, OTLP_PATH, options.attributes)}`
}
