/**
 * The metrics of requests that are answered: the same four for every way of serving.
 *
 * Source: luci-go `server/tsmon/middleware.go`. Differs from luci: durations are not cut to whole milliseconds, and their buckets begin at
 * 10 µs, since most answers of a Node program take less than one; a size that is not known is skipped, where luci counts −1.
 */
import type { CounterStream } from '../metrics/counter.ts'
import type { DistributionStream } from '../metrics/distributions.ts'
import type { Registry } from '../metrics/registry.ts'
import { durationBucketer } from './durations.ts'
import { RequestWindow } from './window.ts'

const FIELDS = { status: 'int', name: 'string', is_robot: 'bool' } as const
/** Combinations that are kept at hand. */
const MAX_ROWS = 1000

/** The streams of one combination of fields: found once, recorded often. */
interface Row {
  readonly durations: DistributionStream
  readonly status: CounterStream
  readonly requestBytes: DistributionStream
  readonly responseBytes: DistributionStream
}

/** The metrics of requests of a registry; declared when they are first asked for. */
export function serverRequests(registry: Registry): ServerRequests {
  return registry.part(declare)
}

function declare(registry: Registry): ServerRequests {
  return new ServerRequests(registry)
}

/** Metrics of the requests that a registry's program answers. */
export class ServerRequests {
  readonly #registry: Registry
  readonly #durations
  readonly #status
  readonly #requestBytes
  readonly #responseBytes
  /** By name, then by status and robot. */
  readonly #rows = new Map<string, Map<number, Row>>()
  #rowCount = 0
  readonly #windows = new Set<RequestWindow>()
  #anyWindow: RequestWindow | undefined

  constructor(registry: Registry) {
    this.#registry = registry
    this.#durations = registry.distribution('/http/server_durations', {
      description: 'How long requests took, from their headers to the end of the answer.',
      unit: 'ms',
      fields: FIELDS,
      bucketer: durationBucketer(),
    })
    this.#status = registry.counter('/http/server_response_status', {
      description: 'Requests answered. Status 499: the client gave up.',
      fields: FIELDS,
    })
    this.#requestBytes = registry.distribution('/http/server_request_bytes', {
      description: 'Bytes of request bodies, as received.',
      unit: 'By',
      fields: FIELDS,
    })
    this.#responseBytes = registry.distribution('/http/server_response_bytes', {
      description: 'Bytes of response bodies, as sent.',
      unit: 'By',
      fields: FIELDS,
    })
  }

  /** Whether requests are recorded. */
  get enabled(): boolean {
    return this.#registry.enabled
  }

  /**
   * Records one request.
   *
   * @param name The pattern of its route, never its path; `*` for none.
   * @param requestBytes Undefined: not known.
   */
  record(
    name: string,
    status: number,
    robot: boolean,
    durationMs: number,
    requestBytes: number | undefined,
    responseBytes: number | undefined,
  ): void {
    if (!this.enabled) return
    const row = this.#rows.get(name)?.get(status * 2 + Number(robot)) ?? this.#rowOf(name, status, robot)
    row.durations.add(durationMs)
    row.status.add(1)
    if (requestBytes !== undefined) row.requestBytes.add(requestBytes)
    if (responseBytes !== undefined) row.responseBytes.add(responseBytes)
    if (this.#anyWindow === undefined) return
    for (const window of this.#windows) window.add(status, durationMs, requestBytes ?? 0, responseBytes ?? 0)
  }

  /** Counts all requests from now on beside the metrics, until the returned function is called. */
  openWindow(): { window: RequestWindow; close: () => void } {
    const window = new RequestWindow(durationBucketer())
    this.#windows.add(window)
    this.#anyWindow = window
    const close = () => {
      this.#windows.delete(window)
      this.#anyWindow = [...this.#windows][0]
    }
    return { window, close }
  }

  #rowOf(name: string, status: number, robot: boolean): Row {
    const fields = { name, status, is_robot: robot }
    const row = {
      durations: this.#durations.with(fields),
      status: this.#status.with(fields),
      requestBytes: this.#requestBytes.with(fields),
      responseBytes: this.#responseBytes.with(fields),
    }
    if (this.#rowCount >= MAX_ROWS) return row
    this.#rowCount++
    const named = this.#rows.get(name) ?? new Map<number, Row>()
    this.#rows.set(name, named.set(status * 2 + Number(robot), row))
    return row
  }
}
