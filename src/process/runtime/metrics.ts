/**
 * The readings of a process as metrics of its registry, set when somebody reads them.
 *
 * Source of the Prometheus names: the conventions of client libraries, as prom-client 15 follows them.
 */
import type { Registry } from '../metrics/registry.ts'
import type { AnyMetric } from '../metrics/table.ts'
import { durationBucketer } from '../requests/durations.ts'
import type { GcKind } from './gc.ts'
import { goMetrics } from './gonames.ts'
import { growing, type Report } from './growing.ts'
import type { RuntimeSample } from './runtime.ts'

/** What a runtime is told of. */
export interface RuntimeMetrics {
  /** Names of all of them. */
  readonly names: ReadonlySet<string>
  /** Sets all metrics to a reading. */
  report(sample: RuntimeSample): void
  /** Counts the pause of a collection. */
  pause(kind: GcKind, ms: number): void
  /** Drops what stands for its own moment, which nobody sets any more, and all of Go's names. */
  end(): void
}

/**
 * The metrics of a runtime in this registry, declared when they are first asked for: a source that takes another's place goes on with them.
 *
 * @param goNames Whether those of Go are told beside those of Node.
 */
export function runtimeMetrics(registry: Registry, goNames: boolean): RuntimeMetrics {
  const node = registry.part(declareNode)
  const go = goNames ? registry.part(declareGo) : undefined
  const own = [...node.metrics, ...(go?.metrics ?? [])]
  return {
    names: new Set(own.map(({ name }) => name)),
    pause: node.told.pause,
    report(sample) {
      node.told.report(sample)
      go?.told(sample)
    },
    end() {
      for (const metric of own) if (!metric.cumulative || go?.metrics.includes(metric)) metric.reset()
    },
  }
}

/** What a part of the runtime's metrics is told of, and which metrics it has. */
interface Declared<Told> {
  readonly told: Told
  readonly metrics: readonly AnyMetric[]
}

function declared<Told>(registry: Registry, declare: () => Told): Declared<Told> {
  const before = new Set(registry.metrics)
  const told = declare()
  return { told, metrics: registry.metrics.filter((metric) => !before.has(metric)) }
}

type NodeTold = Pick<RuntimeMetrics, 'report' | 'pause'>

function declareNode(registry: Registry): Declared<NodeTold> {
  return declared(registry, () => nodeMetrics(registry))
}

function declareGo(registry: Registry): Declared<Report> {
  return declared(registry, () => goMetrics(registry))
}

function nodeMetrics(registry: Registry): NodeTold {
  const reports = [declareMemory(registry), declareEventLoop(registry), declareProcess(registry)]
  const kind = { kind: 'string' } as const
  const count = registry.counter('/node/gc/count', {
    fields: kind,
    scraped: false,
    family: 'nodejs_gc_collections',
    description: 'Garbage collections.',
  })
  const pauseTotal = registry.counter('/node/gc/pause_total', {
    value: 'float',
    unit: 'us',
    fields: kind,
    scraped: false,
    family: 'nodejs_gc_pause_seconds',
    description: 'Time in which garbage collections let nothing else run.',
  })
  const pauses = registry.distribution('/node/gc/pauses', {
    unit: 'ms',
    fields: kind,
    family: 'nodejs_gc_duration_seconds',
    bucketer: durationBucketer(),
    description: 'Time in which garbage collections let nothing else run, by kind.',
    bounds: [0.1, 1, 10, 100, 1000],
  })
  return {
    report(sample) {
      for (const report of reports) report(sample)
    },
    pause(name, ms) {
      count.add(1, { kind: name })
      pauseTotal.add(ms * 1000, { kind: name })
      pauses.add(ms, { kind: name })
    },
  }
}

function declareMemory(registry: Registry): Report {
  const bytes = (name: string, family: string, description: string) =>
    registry.gauge(`/node/mem/${name}`, { unit: 'By', family, description })
  const memory = {
    rss: bytes('rss', 'process_resident_memory_bytes', 'Memory of the whole process.'),
    heap_used: bytes('heap_used', 'nodejs_heap_size_used_bytes', 'Heap in use.'),
    heap_total: bytes('heap_total', 'nodejs_heap_size_total_bytes', 'Size of the heap.'),
    heap_limit: bytes('heap_limit', 'nodejs_heap_size_limit_bytes', 'What the heap may grow to.'),
    external: bytes('external', 'nodejs_external_memory_bytes', 'Memory outside the heap, of objects in it.'),
    array_buffers: bytes('array_buffers', 'nodejs_array_buffers_bytes', 'Memory of array buffers.'),
    malloced: bytes('malloced', 'nodejs_malloced_memory_bytes', 'Memory that V8 itself took.'),
  }
  const space = (what: string, description: string) =>
    registry.gauge(`/node/heap_space/${what}`, {
      unit: 'By',
      fields: { space: 'string' },
      description,
      family: `nodejs_heap_space_size_${what}_bytes`,
    })
  const total = space('total', 'Size of a space of the heap.')
  const used = space('used', 'What of a space of the heap is in use.')
  const available = space('available', 'What of a space of the heap is free.')
  return (sample) => {
    for (const [name, gauge] of entries(memory)) gauge.set(sample.memory[name])
    for (const [name, bytes] of Object.entries(sample.heap_spaces)) {
      total.set(bytes.size, { space: name })
      used.set(bytes.used, { space: name })
      available.set(bytes.available, { space: name })
    }
  }
}

function declareEventLoop(registry: Registry): Report {
  const micros = (name: string, family: string, description: string) =>
    registry.gauge(`/node/eventloop/${name}`, { value: 'float', unit: 'us', family, description })
  const delays = {
    delay_p50_ms: micros('delay_p50', 'nodejs_eventloop_lag_p50_seconds', 'Median lateness of timers.'),
    delay_p99_ms: micros(
      'delay_p99',
      'nodejs_eventloop_lag_p99_seconds',
      '99th percentile of the lateness of timers.',
    ),
    delay_max_ms: micros('delay_max', 'nodejs_eventloop_lag_max_seconds', 'Greatest lateness of a timer.'),
  }
  const utilization = registry.gauge('/node/eventloop/utilization', {
    value: 'float',
    family: 'nodejs_eventloop_utilization_ratio',
    description: 'Share of time in which the event loop was busy.',
  })
  return ({ event_loop }) => {
    for (const [name, gauge] of entries(delays)) {
      const late = event_loop[name]
      if (late === null) gauge.reset()
      else gauge.set(late * 1000)
    }
    utilization.set(event_loop.utilization)
  }
}

function declareProcess(registry: Registry): Report {
  const cpu = (kind: 'user' | 'system') => {
    const counter = registry.counter(`/node/cpu/${kind}`, {
      unit: 'us',
      family: `process_cpu_${kind}_seconds`,
      description: `CPU time of the process in ${kind} mode.`,
    })
    return growing((amount) => counter.add(amount))
  }
  const user = cpu('user')
  const system = cpu('system')
  const active = registry.gauge('/node/resources/active', {
    fields: { type: 'string' },
    family: 'nodejs_active_resources',
    description: 'What keeps the process alive.',
  })
  const started = registry.gauge('/node/start_time', {
    value: 'float',
    unit: 's',
    family: 'process_start_time_seconds',
    description: 'Unix time at which the process began.',
  })
  const version = registry.gauge('/node/version', {
    value: 'string',
    family: 'nodejs_version',
    description: 'Version of Node.',
  })
  return (sample) => {
    user(Math.round(sample.cpu.user_seconds * 1e6))
    system(Math.round(sample.cpu.system_seconds * 1e6))
    active.reset()
    for (const [type, count] of Object.entries(sample.active_resources)) active.set(count, { type })
    started.set(performance.timeOrigin / 1000)
    version.set(process.version)
  }
}

function entries<Key extends string, Value>(object: Record<Key, Value>): [Key, Value][] {
  return Object.entries(object) as [Key, Value][]
}
