/**
 * Ships families to Prometheus, VictoriaMetrics, Mimir and all else that speaks remote write 1.0.
 *
 * Names, labels and values are those of a scrape of `/metrics`; times are those of the samples, so that a store that was down
 * gets its past. What Prometheus adds to a scrape is added here: `job` is the reader's type name, `instance` the host.
 */
import { hostname } from 'node:os'
import { compress } from 'snappyjs'
import { Endpoint } from '../endpoint.ts'
import { type Part, PartsDelivery, slices, sum } from '../parts.ts'
import type { Recorder } from '../recorder.ts'
import { EndedSeries } from './ended.ts'
import { encodeWriteRequest, type Value } from './message.ts'
import {
  REMOTE_WRITE_DEFAULTS,
  REMOTE_WRITE_PATH,
  type RemoteWriteOptions,
  remoteWriteDestination,
} from './options.ts'
import { SeriesTable } from './series.ts'

/** Bytes of a sample beside its labels, at most. */
const SAMPLE_BYTES = 32

interface SeriesPart extends Part {
  readonly values: readonly Value[]
}

/**
 * Makes the recorder; it connects with the first batch.
 *
 * Prometheus takes a message whole or not at all, and an old sample is refused with 400: such a message is cut until the
 * samples at fault stand alone.
 *
 * @throws MetricsError `invalid` for options that contradict each other, or a file that cannot be read.
 */
export function createRemoteWriteRecorder(name: string, options: RemoteWriteOptions): Recorder {
  const limits = {
    maxSize: options.maxSeries ?? REMOTE_WRITE_DEFAULTS.maxSeries,
    maxBytes: options.maxBytes ?? REMOTE_WRITE_DEFAULTS.maxBytes,
  }
  const endpoint = new Endpoint(options, REMOTE_WRITE_PATH)
  const ended = new EndedSeries()
  const instance = hostname()
  const headers = {
    'content-type': 'application/x-protobuf',
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': '0.1.0',
    'user-agent': options.version === undefined ? 'treering' : `treering/${options.version}`,
  }
  const delivery = new PartsDelivery<SeriesPart>({
    address: endpoint.address,
    ...limits,
    encode: encodeWriteRequest,
  })

  const tables = new Map<string, SeriesTable>()
  const tableOf = (source: string, job: string) => {
    const key = JSON.stringify([source, job])
    let table = tables.get(key)
    if (table === undefined) {
      table = new SeriesTable({ job, instance, ...options.labels })
      tables.set(key, table)
    }
    return table
  }

  return {
    name,
    destination: remoteWriteDestination(options),
    takes: 'families',
    async record(batch, signal) {
      const parts: SeriesPart[] = []
      const refusals: Map<string, number>[] = []
      ended.forget()
      for (const { source, typeName, at, families } of batch) {
        const table = tableOf(source, typeName)
        const { values, refused } = table.valuesOf(families)
        refusals.push(refused)
        const all: Value[] = [...values]
        for (const series of ended.of(table, values)) all.push([series, undefined])
        for (const some of slices(all, bytesOf, limits)) {
          const points = some.filter(([, value]) => value !== undefined).length
          parts.push({ source, at, points, size: some.length, values: some })
        }
      }
      const taken = await delivery.deliver(parts, (message) =>
        endpoint.post(compress(message), headers, isPassing, signal),
      )
      ended.keep()
      return sum([taken, ...refusals.map((refused) => ({ shipped: 0, refused }))])
    },
    async close() {
      endpoint.close()
    },
  }
}

/** Source: Prometheus remote-write specification 1.0, "Retries & Backoff": 5xx must be tried again, 429 may be. */
function isPassing(status: number): boolean {
  return status === 429 || status >= 500
}

function bytesOf([{ labels }]: Value): number {
  return labels.length + SAMPLE_BYTES
}
