/** Metrics as Prometheus families. */
import type { Family, FamilyType, Point } from '../../prometheus/index.ts'
import type { Bucketer } from './bucketer.ts'
import { Distribution } from './distribution.ts'
import { familyName } from './names.ts'
import type { Stream } from './stream.ts'
import type { AnyMetric } from './table.ts'
import { baseOf, inBase, type Unit } from './units.ts'

/** Upper bounds of a family at most, where none are chosen. */
const MAX_BOUNDS = 21
/** Between which values of a unit bounds are spread where none are chosen, in base units. */
const RANGES: Readonly<Record<string, readonly [least: number, greatest: number]>> = {
  seconds: [1e-4, 100],
  bytes: [100, 1e9],
}
/** The label of the stream that takes all others. Source: OpenTelemetry's `otel.metric.overflow`. */
const OVERFLOW = { otel_metric_overflow: 'true' }

/**
 * A metric as a family. Its points are made when they are asked for, of the values then: ten thousand streams are no work until their
 * text is written.
 *
 * @param labels On every point.
 */
export function liveFamily(metric: AnyMetric, labels: Readonly<Record<string, string>>): Family {
  return new LiveFamily(metric, labels)
}

/** The same with the values of this moment: for whoever keeps it. */
export function familyOf(metric: AnyMetric, labels: Readonly<Record<string, string>>): Family {
  const { name, type, help, points } = liveFamily(metric, labels)
  return { name, type, help, points }
}

class LiveFamily implements Family {
  readonly name: string
  readonly type: FamilyType
  readonly help: string
  readonly #metric: AnyMetric
  readonly #labels: Readonly<Record<string, string>>

  constructor(metric: AnyMetric, labels: Readonly<Record<string, string>>) {
    const { valueType, cumulative } = metric
    this.name = familyName(metric)
    this.type =
      valueType === 'distribution'
        ? 'histogram'
        : valueType === 'string'
          ? 'info'
          : cumulative
            ? 'counter'
            : 'gauge'
    this.help = metric.description
    this.#metric = metric
    this.#labels = labels
  }

  get points(): readonly Point[] {
    const points: Point[] = []
    for (const part of this.parts()) for (const point of part) points.push(point)
    return points
  }

  *parts(): Generator<readonly Point[]> {
    const { fieldNames, unit, cumulative } = this.#metric
    const base = baseOf(unit)
    let bounds: Bound[] | undefined
    for (const stream of this.#metric.live()) {
      const labels = labelsOf(stream, fieldNames, this.#labels)
      const { value } = stream
      const since = cumulative ? { started: stream.started } : undefined
      if (value instanceof Distribution) {
        bounds ??= boundsOf(value.bucketer, unit, (this.#metric as { bounds?: readonly number[] }).bounds)
        yield histogram(value, bounds, labels, base, since)
      } else if (typeof value === 'string') yield [{ labels: { ...labels, value }, value: 1 }]
      else if (value !== undefined) yield [{ labels, value: inBase(Number(value), base), ...since }]
    }
  }
}

function labelsOf(
  stream: Stream,
  names: readonly string[],
  shared: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (stream.values === null) return { ...shared, ...OVERFLOW }
  const labels: Record<string, string> = { ...shared }
  for (let i = 0; i < names.length; i++) labels[names[i]!] = String(stream.values[i])
  return labels
}

interface Bound {
  /** The first bucket that lies above it. */
  readonly bucket: number
  readonly le: string
}

/**
 * Where the buckets of a family end. The same for all streams, hosts and times, whatever was hit: sums over series hold only then.
 *
 * A bucket holds its lower bound, one of Prometheus its upper: a value that is exactly a bound counts into the next one.
 */
function boundsOf(
  bucketer: Bucketer,
  unit: Unit | undefined,
  chosen: readonly number[] | undefined,
): Bound[] {
  const base = baseOf(unit)
  const all = [...bucketer.bounds.keys()]
  const places =
    chosen === undefined ? spread(bucketer, unit) : chosen.map((bound) => nearest(bucketer, bound))
  const wanted = all.filter((place) => places.includes(place))
  return wanted.map((place) => ({
    bucket: place + 1,
    le: String(Number(inBase(bucketer.bounds[place]!, base).toPrecision(6))),
  }))
}

function spread({ bounds }: Bucketer, unit: Unit | undefined): number[] {
  const base = baseOf(unit)
  const [least, greatest] = RANGES[base?.suffix ?? ''] ?? [0, Number.POSITIVE_INFINITY]
  const within = [...bounds.keys()].filter((place) => {
    const bound = inBase(bounds[place]!, base)
    return bound >= least * (1 - 1e-9) && bound <= greatest * (1 + 1e-9)
  })
  const places = bounds.length > MAX_BOUNDS && within.length > 1 ? within : [...bounds.keys()]
  const step = Math.ceil(places.length / MAX_BOUNDS)
  return places.filter((_, i) => (places.length - 1 - i) % step === 0)
}

function nearest({ bounds }: Bucketer, value: number): number {
  let best = 0
  bounds.forEach((bound, place) => {
    if (Math.abs(bound - value) < Math.abs(bounds[best]! - value)) best = place
  })
  return best
}

function histogram(
  { counts, count, sum }: Distribution,
  bounds: readonly Bound[],
  labels: Readonly<Record<string, string>>,
  base: ReturnType<typeof baseOf>,
  since: Pick<Point, 'started'> | undefined,
): Point[] {
  const points: Point[] = []
  let below = 0
  let bucket = 0
  for (const { bucket: end, le } of bounds) {
    for (; bucket < end; bucket++) below += counts[bucket] ?? 0
    points.push({ labels: { ...labels, le }, value: below, suffix: '_bucket' })
  }
  points.push(
    { labels: { ...labels, le: '+Inf' }, value: count, suffix: '_bucket' },
    { labels, value: inBase(sum, base), suffix: '_sum' },
    { labels, value: count, suffix: '_count', ...since },
  )
  return points
}
