/** The charts of this program's own sources: what each aggregate is called, and counted in. */
import type { ChartDefinition } from './charts/definition.ts'
import type { Variable } from './flatten.ts'
import type { SourceInfo } from './state/live.ts'
import type { Unit } from './units.ts'
import { unitOf } from './variables.ts'

type Chart = Pick<ChartDefinition, 'aggregate' | 'title' | 'unit' | 'only' | 'names' | 'hidden'>

const MILLISECONDS = {
  mean_ms: 'mean',
  p50_ms: 'half',
  p90_ms: '9 of 10',
  p99_ms: '99 of 100',
  max_ms: 'longest',
}

/** By type of source. An aggregate may be several charts, where it mixes units. */
const CHARTS: Readonly<Record<string, readonly Chart[]>> = {
  process: [
    { aggregate: 'request_rate', title: 'Requests', unit: 'per_second' },
    {
      aggregate: 'request_latency',
      title: 'Requests take',
      unit: 'milliseconds',
      names: MILLISECONDS,
      hidden: ['mean_ms'],
    },
    { aggregate: 'error_rate', title: 'Requests that fail', unit: 'percent', only: ['error_percent'] },
    {
      aggregate: 'error_rate',
      title: 'Errors',
      unit: 'per_second',
      only: ['error_rate', 'aborted_rate'],
      names: { error_rate: 'failed', aborted_rate: 'given up' },
    },
    { aggregate: 'request_bytes', title: 'Bytes of requests', unit: 'bytes_per_second' },
    { aggregate: 'cpu', title: 'CPU', unit: 'percent' },
    { aggregate: 'memory', title: 'Memory', unit: 'bytes', names: { rss: 'resident' } },
    { aggregate: 'heap', title: 'Heap', unit: 'bytes' },
    { aggregate: 'event_loop_delay', title: 'Event loop, delay', unit: 'milliseconds', names: MILLISECONDS },
    { aggregate: 'event_loop_utilization', title: 'Event loop, busy', unit: 'part' },
    { aggregate: 'gc', title: 'Garbage collections', unit: 'per_second', only: ['rate'] },
    {
      aggregate: 'gc',
      title: 'Garbage collection, pauses',
      unit: 'milliseconds',
      only: ['pause_rate_ms', 'longest_ms'],
      names: { pause_rate_ms: 'a second', longest_ms: 'longest' },
    },
  ],
  self: [
    { aggregate: 'cpu', title: 'CPU', unit: 'percent' },
    { aggregate: 'memory', title: 'Memory', unit: 'bytes' },
    { aggregate: 'poll_duration', title: 'Reads take', unit: 'milliseconds' },
    { aggregate: 'failures', title: 'Reads that fail', unit: 'per_second' },
    { aggregate: 'polls', title: 'Reads', unit: 'per_second' },
    { aggregate: 'late', title: 'Reads that are late', unit: 'per_second' },
    { aggregate: 'sockets', title: 'Streams', unit: 'number' },
    { aggregate: 'shipped', title: 'Documents shipped', unit: 'per_second' },
    { aggregate: 'retried', title: 'Documents sent again', unit: 'per_second' },
    { aggregate: 'refused', title: 'Documents refused', unit: 'per_second' },
    { aggregate: 'dropped', title: 'Documents lost', unit: 'per_second' },
    { aggregate: 'queued', title: 'Documents that wait', unit: 'number' },
    { aggregate: 'spooled', title: 'Documents on disk', unit: 'number' },
    { aggregate: 'delivery_duration', title: 'Deliveries take', unit: 'milliseconds' },
  ],
}
/** Where a number of a sample is in the history: its name, as far as it is fixed, to aggregate and key. `*` is a name. */
const HISTORIES: Readonly<
  Record<string, Readonly<Record<string, readonly [aggregate: string, key: string]>>>
> = {
  process: {
    'requests.rate': ['request_rate', 'request_rate'],
    'requests.latency.*': ['request_latency', '*'],
    'requests.received_rate': ['request_bytes', 'received'],
    'requests.sent_rate': ['request_bytes', 'sent'],
    'requests.error_rate': ['error_rate', 'error_rate'],
    'requests.error_percent': ['error_rate', 'error_percent'],
    'requests.aborted_rate': ['error_rate', 'aborted_rate'],
    'memory.heap_used': ['heap', 'used'],
    'memory.heap_total': ['heap', 'total'],
    'memory.*': ['memory', '*'],
    'event_loop.utilization': ['event_loop_utilization', 'event_loop_utilization'],
    'event_loop.delay_*': ['event_loop_delay', '*'],
    'gc.rate': ['gc', 'rate'],
    'gc.pause_rate_ms': ['gc', 'pause_rate_ms'],
    'gc.longest_ms': ['gc', 'longest_ms'],
    'cpu.*_percent': ['cpu', '*'],
  },
  self: {
    'memory.*': ['memory', '*'],
    'cpu.*_percent': ['cpu', '*'],
    'sockets.open': ['sockets', 'open'],
    'pollers.*.polls_rate': ['polls', '*'],
    'pollers.*.failures_rate': ['failures', '*'],
    'pollers.*.late_rate': ['late', '*'],
    'pollers.*.duration_ms': ['poll_duration', '*'],
    'recorders.*.shipped_rate': ['shipped', '*'],
    'recorders.*.retried_rate': ['retried', '*'],
    'recorders.*.refused_rate': ['refused', '*'],
    'recorders.*.dropped_rate': ['dropped', '*'],
    'recorders.*.queued': ['queued', '*'],
    'recorders.*.spooled': ['spooled', '*'],
    'recorders.*.duration_ms': ['delivery_duration', '*'],
  },
}

/** The chart of a sample's number; undefined where no history of it is kept. */
export function chartOfNumber(
  { name, type, aggregates }: SourceInfo,
  { key, value }: Variable,
): ChartDefinition | undefined {
  for (const [pattern, [aggregate, row]] of Object.entries(HISTORIES[type] ?? {})) {
    const [head = '', tail = ''] = pattern.split('*')
    const middle = key.slice(head.length, key.length - tail.length)
    const fits = pattern.includes('*')
      ? middle !== '' && key === head + middle + tail && key.length > head.length + tail.length
      : key === pattern
    if (!fits || !aggregates.includes(aggregate) || typeof value !== 'number') continue
    const only = row === '*' ? middle : row
    return {
      source: name,
      aggregate,
      title: key,
      unit: unitOfNumber(key),
      only: [only],
      now: { [only]: value },
    }
  }
  return undefined
}

function unitOfNumber(key: string): Unit {
  if (key === 'event_loop.utilization') return 'part'
  if (key.startsWith('memory.')) return 'bytes'
  if (/\.(received|sent)_rate$/.test(key)) return 'bytes_per_second'
  return key.endsWith('rate') ? 'per_second' : unitOf(key)
}

/** Charts of recorders: without any they are left out. */
const OF_RECORDERS: readonly string[] = [
  'shipped',
  'retried',
  'refused',
  'dropped',
  'queued',
  'spooled',
  'delivery_duration',
]

/** Those of its aggregates that are known in a good order, then the others as they are called. */
export function processCharts(
  { name, type, aggregates }: SourceInfo,
  hasRecorders: boolean,
): ChartDefinition[] {
  const known = (CHARTS[type] ?? []).filter(({ aggregate }) => aggregates.includes(aggregate))
  const others = aggregates
    .filter((aggregate) => !known.some((chart) => chart.aggregate === aggregate))
    .map((aggregate) => ({ aggregate, title: aggregate.replaceAll('_', ' '), unit: unitOf(aggregate) }))
  return [...known, ...others]
    .filter(({ aggregate }) => type !== 'self' || hasRecorders || !OF_RECORDERS.includes(aggregate))
    .map((chart) => ({ source: name, ...chart }))
}
