/**
 * The metrics of requests that a program makes. Source: luci-go `common/tsmon/monitor` and `http.go`.
 *
 * Differs from luci: bytes of answers are counted while their body is read, not taken from `Content-Length`; a size that is not
 * known is skipped.
 */
import type { Registry } from '../metrics/registry.ts'
import { durationBucketer } from './durations.ts'

const FIELDS = { name: 'string', client: 'string' } as const

/** The metrics of requests of a registry; declared when they are first asked for. */
export function clientRequests(registry: Registry): ClientRequests {
  return registry.part(declare)
}

function declare(registry: Registry): ClientRequests {
  return new ClientRequests(registry)
}

/** Metrics of the requests that a registry's program makes. */
export class ClientRequests {
  readonly #registry: Registry
  readonly #durations
  readonly #status
  readonly #requestBytes
  readonly #responseBytes

  constructor(registry: Registry) {
    this.#registry = registry
    this.#durations = registry.distribution('/http/durations', {
      description: 'How long requests took to be answered, up to the headers of the answer.',
      unit: 'ms',
      fields: FIELDS,
      bucketer: durationBucketer(),
    })
    this.#status = registry.counter('/http/response_status', {
      description: 'Requests made. Status 0: no answer came.',
      fields: { status: 'int', ...FIELDS },
    })
    this.#requestBytes = registry.distribution('/http/request_bytes', {
      description: 'Bytes of request bodies.',
      unit: 'By',
      fields: FIELDS,
    })
    this.#responseBytes = registry.distribution('/http/response_bytes', {
      description: 'Bytes of response bodies, as read.',
      unit: 'By',
      fields: FIELDS,
    })
  }

  /** Whether requests are recorded. */
  get enabled(): boolean {
    return this.#registry.enabled
  }

  /** @param name Host of the URL. @param client Which part of the program asks. */
  answered(name: string, client: string, status: number, durationMs: number): void {
    this.#durations.add(durationMs, { name, client })
    this.#status.add(1, { name, client, status })
  }

  sent(name: string, client: string, bytes: number): void {
    this.#requestBytes.add(bytes, { name, client })
  }

  received(name: string, client: string, bytes: number): void {
    this.#responseBytes.add(bytes, { name, client })
  }
}
