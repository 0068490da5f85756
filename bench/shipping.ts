/**
 * What it costs to ship families: `npx tsx bench/shipping.ts`.
 *
 * Defends: a sample of 1,000 series becomes a compressed message of remote write in half the time of what the package
 * `prometheus-remote-write` does (protobufjs and snappyjs), one of OTLP in twice that of OpenTelemetry's own serializer, which is given
 * its points and start times ready; a real Prometheus, where one is installed, takes samples at least half as fast as when
 * the same bytes, made before, are thrown at it. Peers in the same run, in turns; each figure is the best of several rounds.
 */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import protobuf from 'protobufjs'
import { compress } from 'snappyjs'
import type { Family } from '../src/prometheus/index.ts'
import type { Shipment } from '../src/recorders/index.ts'
import { bytesOf, itemsOf } from '../src/recorders/otlp/items.ts'
import { messageOf } from '../src/recorders/otlp/model.ts'
import { encodeProtobuf } from '../src/recorders/otlp/protobuf.ts'
import { Resources } from '../src/recorders/otlp/resource.ts'
import { StartTimes } from '../src/recorders/otlp/starts.ts'
import { createRemoteWriteRecorder } from '../src/recorders/remotewrite/index.ts'
import { encodeWriteRequest } from '../src/recorders/remotewrite/message.ts'
import { SeriesTable } from '../src/recorders/remotewrite/series.ts'
import { newFolder } from './support/program.ts'

const ROUNDS = 15
const SERIES = 1000
const SAMPLES = 100
const PORT = 19_391
const COMMON = { job: 'counters', instance: 'host-a1' }

function sampleAt(at: number): Shipment {
  const points = Array.from({ length: SERIES }, (_, i) => ({
    labels: { file: 'app.dat', label: `requests.of.kind.${i}` },
    value: i * 1000 + (at % 1000),
  }))
  const families: Family[] = [
    { name: 'mcounter_value', type: 'counter', help: 'Value of a counter.', points },
  ]
  return { source: 'counters', typeName: 'counters', at, documents: [], families }
}

/** Best milliseconds of each way, taken in turns. */
function race(ways: Record<string, () => unknown>): Record<string, number> {
  const best = Object.fromEntries(Object.keys(ways).map((name) => [name, Number.POSITIVE_INFINITY]))
  for (let i = 0; i < ROUNDS; i++) {
    for (const [name, way] of Object.entries(ways)) {
      const begun = performance.now()
      way()
      best[name] = Math.min(best[name]!, performance.now() - begun)
    }
  }
  return best
}

function tell(what: string, ours: number, peer: number, unit: string): void {
  console.log(
    `${what}: ${ours.toFixed(2)} ${unit}, peer ${peer.toFixed(2)} ${unit}: ${(ours / peer).toFixed(2)} ×`,
  )
}

console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model}, Node ${process.version}`)
const shipment = sampleAt(1_700_000_000_000)

const { root } = protobuf.parse(`syntax = "proto3";
  message WriteRequest { repeated TimeSeries timeseries = 1; }
  message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
  message Label { string name = 1; string value = 2; }
  message Sample { double value = 1; int64 timestamp = 2; }`)
const WriteRequest = root.lookupType('WriteRequest')
const table = new SeriesTable(COMMON)
const remoteWrite = race({
  ours: () => {
    const { values } = table.valuesOf(shipment.families)
    return compress(encodeWriteRequest([{ at: shipment.at, values: [...values] }]))
  },
  peer: () => {
    const timeseries = shipment.families.flatMap(({ name, points }) =>
      points.map(({ labels, value }) => ({
        labels: Object.entries({ ...COMMON, ...labels, __name__: `${name}_total` })
          .map(([name, value]) => ({ name, value }))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
        samples: [{ value: Number(value), timestamp: shipment.at }],
      })),
    )
    return compress(WriteRequest.encode(WriteRequest.create({ timeseries })).finish())
  },
})
tell('1,000 series as remote write', remoteWrite.ours!, remoteWrite.peer!, 'ms')

const resources = new Resources({ 'host.name': 'host-a1' })
const starts = new StartTimes()
const time: [number, number] = [1_700_000_000, 0]
const otlp = race({
  ours: () => {
    const items = itemsOf(shipment, resources, starts)
    for (const item of items) bytesOf(item)
    return encodeProtobuf(messageOf(items, '1'))
  },
  peer: () =>
    ProtobufMetricsSerializer.serializeRequest({
      resource: { attributes: { 'service.name': 'counters', 'host.name': 'host-a1' } },
      scopeMetrics: [
        {
          scope: { name: 'treering', version: '1' },
          metrics: shipment.families.map(({ name, help, points }) => ({
            descriptor: { name, description: help, unit: '', valueType: 1 },
            aggregationTemporality: 1,
            dataPointType: 3,
            isMonotonic: true,
            dataPoints: points.map(({ labels, value }) => ({
              startTime: time,
              endTime: time,
              attributes: labels,
              value: Number(value),
            })),
          })),
        },
      ],
    } as never),
})
tell('1,000 points as OTLP', otlp.ours!, otlp.peer!, 'ms')

await shipToPrometheus()

async function shipToPrometheus(): Promise<void> {
  const dir = newFolder()
  writeFileSync(join(dir, 'prometheus.yml'), 'scrape_configs: []\n')
  const flags = [
    `--config.file=${dir}/prometheus.yml`,
    `--storage.tsdb.path=${dir}/tsdb`,
    `--web.listen-address=127.0.0.1:${PORT}`,
    '--web.enable-remote-write-receiver',
  ]
  const child = spawn('prometheus', flags, { stdio: 'ignore' })
  let missing = false
  child.once('error', () => {
    missing = true
  })
  const url = `http://127.0.0.1:${PORT}`
  const ready = () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!missing && !(await ready())) await new Promise((resolve) => setTimeout(resolve, 100))
  if (missing) return console.log('samples a second into a real Prometheus: left out, none is installed')
  try {
    const now = Date.now()
    const batches = (from: number) =>
      Array.from({ length: SAMPLES }, (_, i) => sampleAt(now - 600_000 + (from + i) * 1000))
    const recorder = createRemoteWriteRecorder('bench', { endpoint: url })
    const mine = batches(0)
    const begun = performance.now()
    for (let i = 0; i < mine.length; i += 10)
      await recorder.record(mine.slice(i, i + 10), AbortSignal.timeout(60_000))
    const ours = (SAMPLES * SERIES) / ((performance.now() - begun) / 1000)
    await recorder.close?.()
    // The same bytes, made before.
    const bodies = []
    const theirs = batches(SAMPLES)
    for (let i = 0; i < theirs.length; i += 2) {
      const instants = theirs.slice(i, i + 2).map(({ at, families }) => ({
        at,
        values: [...table.valuesOf(families).values],
      }))
      bodies.push(compress(encodeWriteRequest(instants)))
    }
    const thrown = performance.now()
    for (const body of bodies) {
      const headers = { 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0' }
      const { status } = await fetch(`${url}/api/v1/write`, { method: 'POST', headers, body })
      if (status !== 204) throw new Error(`Prometheus answered ${status}`)
    }
    const bare = (SAMPLES * SERIES) / ((performance.now() - thrown) / 1000)
    tell('samples a second into a real Prometheus, thousands', ours / 1000, bare / 1000, 'k/s')
  } finally {
    child.kill('SIGKILL')
  }
}
