/** All metrics of a program, or of a part of it. Nothing is global: each registry knows its own alone. */

import type { Family } from '../../prometheus/index.ts'
import { type Log, MetricsError, messageOf, SILENT } from '../../utils/index.ts'
import { Counter, type CounterOptions } from './counter.ts'
import { CumulativeDistribution, DistributionGauge, type DistributionOptions } from './distributions.ts'
import { familyOf, liveFamily } from './families.ts'
import type { FieldTypes } from './fields.ts'
import { Gauge, type GaugeOptions, type GaugeValues } from './gauge.ts'
import type { MetricContext } from './metric.ts'
import { familyName, takenNames, wholeName } from './names.ts'
import { overflowFamily, overflowRows } from './overflow.ts'
import { type AnyMetric, type MetricRow, tableOf } from './table.ts'

/** Metrics of a registry at most. */
const MAX_METRICS = 10_000

/** How a registry may be set up. */
export interface RegistryOptions {
  /** Put in front of every name that does not begin with `/`. @default '' */
  readonly prefix?: string
  /** Labels on every point that Prometheus is told of. @default {} */
  readonly labels?: Readonly<Record<string, string>>
  /** @default says nothing */
  readonly log?: Log
  /** Unix milliseconds. @default Date.now */
  readonly clock?: () => number
}

/** Which metrics are told of. */
export interface ToldOptions {
  /** Names of metrics that are left out. @default none */
  readonly without?: ReadonlySet<string>
}

/** Metrics that are declared once and recorded often. */
export class Registry {
  readonly #options: RegistryOptions
  readonly #prefix: string
  readonly #metrics = new Map<string, AnyMetric>()
  /** Names that Prometheus families have, and the metric of each. */
  readonly #taken = new Map<string, string>()
  readonly #parts = new Map<unknown, unknown>()
  readonly #beforeRead = new Set<() => void>()
  readonly #context: MetricContext
  /** What was warned of, once each. */
  readonly #warned = new Set<string>()
  readonly #clock: () => number
  #enabled = true
  #lastMs = 0
  /** Unix seconds since when overflows are counted; undefined: since the first. */
  #since: number | undefined

  constructor(options: RegistryOptions = {}) {
    this.#options = options
    const { log = SILENT, clock = Date.now, prefix = '' } = options
    this.#clock = clock
    this.#prefix = prefix === '' ? '' : `/${wholeName(prefix, '')}`
    this.#context = {
      enabled: () => this.#enabled,
      // A microsecond later at least: no two streams begin at once, and none before another, whatever the clock does.
      now: () => {
        this.#lastMs = Math.max(clock(), this.#lastMs + 0.001)
        return this.#lastMs / 1000
      },
      warn: (about, reason) => {
        if (this.#warned.has(about)) return
        this.#warned.add(about)
        log.warn({}, reason)
      },
    }
  }

  /** Whether anything is recorded. @default true */
  get enabled(): boolean {
    return this.#enabled
  }

  /** Switched off, all values are dropped and recording costs next to nothing; switched on again, all begin anew. */
  setEnabled(enabled: boolean): void {
    if (enabled === this.#enabled) return
    this.#enabled = enabled
    this.#since = this.#clock() / 1000
    for (const metric of this.#metrics.values()) metric.reset()
  }

  /** What belongs to this registry and is made once, such as the metrics of requests: known by the function that makes it. */
  part<T>(make: (registry: Registry) => T): T {
    if (!this.#parts.has(make)) this.#parts.set(make, make(this))
    return this.#parts.get(make) as T
  }

  /** All metrics, in the order in which they were made. */
  get metrics(): readonly AnyMetric[] {
    return [...this.#metrics.values()]
  }

  /** A number that only grows. @throws TypeError, RangeError or MetricsError `conflict`, as all of these do. */
  counter<const Types extends FieldTypes = Record<never, never>>(
    name: string,
    options: CounterOptions<Types> = {},
  ): Counter<Types> {
    return this.#add(new Counter(this.#wholeName(name), options, this.#context))
  }

  /** A value of its own moment: a whole number, or what `value` says. */
  gauge<const Types extends FieldTypes = Record<never, never>, Type extends keyof GaugeValues = 'int'>(
    name: string,
    options: GaugeOptions<Types, Type> = {},
  ): Gauge<Types, Type> {
    return this.#add(new Gauge<Types, Type>(this.#wholeName(name), options, this.#context))
  }

  /** How values were spread since the beginning. */
  distribution<const Types extends FieldTypes = Record<never, never>>(
    name: string,
    options: DistributionOptions<Types> = {},
  ): CumulativeDistribution<Types> {
    return this.#add(new CumulativeDistribution(this.#wholeName(name), options, this.#context))
  }

  /** How values are spread at one moment. */
  distributionGauge<const Types extends FieldTypes = Record<never, never>>(
    name: string,
    options: DistributionOptions<Types> = {},
  ): DistributionGauge<Types> {
    return this.#add(new DistributionGauge(this.#wholeName(name), options, this.#context))
  }

  /** Calls back before values are read, so that it can set what is cheaper to look up than to keep; until the returned function is called. */
  beforeRead(callback: () => void): () => void {
    this.#beforeRead.add(callback)
    return () => this.#beforeRead.delete(callback)
  }

  /** All streams as a table: the same as `families`. */
  table({ without }: ToldOptions = {}): MetricRow[] {
    const metrics = this.#prepared(without)
    return [...tableOf(metrics), ...overflowRows(metrics, this.#since)]
  }

  /** All streams as Prometheus families, with the values of this moment: what is flushed. */
  families({ without }: ToldOptions = {}): Family[] {
    return this.#familiesOf(this.#prepared(without), familyOf)
  }

  /** Those of them that Prometheus is told of when it asks. */
  scrapedFamilies(): Family[] {
    return this.#familiesOf(this.#prepared().filter(isScraped), familyOf)
  }

  /**
   * The same, but values are looked up when points are asked for: for text that is written at once and in slices, not to be kept.
   * Ten thousand streams hold up nobody so.
   */
  liveFamilies(): Family[] {
    return this.#familiesOf(this.#prepared().filter(isScraped), liveFamily)
  }

  /** Lets all that is cumulative begin anew; gauges stay. For a process that lost its identity. */
  resetCumulative(): void {
    this.#since = this.#clock() / 1000
    for (const metric of this.#metrics.values()) {
      if (metric.cumulative) metric.reset()
      else metric.resetOverflowed()
    }
  }

  #familiesOf(metrics: readonly AnyMetric[], of: typeof familyOf): Family[] {
    const { labels = {} } = this.#options
    return [...metrics.map((metric) => of(metric, labels)), overflowFamily(metrics, labels, this.#since)]
  }

  #wholeName(name: string): string {
    return wholeName(name, this.#prefix)
  }

  #add<M>(metric: M): M {
    const any = metric as AnyMetric
    if (this.#metrics.has(any.name)) throw conflict(any.name, 'there is one of this name')
    if (this.#metrics.size >= MAX_METRICS)
      throw new RangeError(`cannot make metric ${any.name}: there are ${MAX_METRICS} already`)
    const names = takenNames(familyName(any), any)
    for (const name of names) {
      const other = this.#taken.get(name)
      if (other !== undefined)
        throw conflict(any.name, `Prometheus would know it as ${name}, as metric ${other}`)
    }
    for (const name of names) this.#taken.set(name, any.name)
    this.#metrics.set(any.name, any)
    return metric
  }

  /** Metrics with the values of this moment. */
  #prepared(without?: ReadonlySet<string>): readonly AnyMetric[] {
    for (const callback of this.#beforeRead) {
      try {
        callback()
      } catch (error) {
        this.#context.warn('', `cannot prepare metrics: ${messageOf(error)}`)
      }
    }
    return without === undefined ? this.metrics : this.metrics.filter(({ name }) => !without.has(name))
  }
}

/** A registry of one's own. */
export function createRegistry(options: RegistryOptions = {}): Registry {
  return new Registry(options)
}

function conflict(name: string, reason: string): MetricsError {
  return new MetricsError('conflict', `cannot make metric ${name}: ${reason}`)
}

function isScraped({ scraped }: AnyMetric): boolean {
  return scraped
}
