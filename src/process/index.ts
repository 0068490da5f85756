/**
 * A process that tells of itself: metrics it declares, the requests it answers and makes, and how Node fares, with their history.
 *
 * ```ts
 * const registry = createRegistry()
 * const orders = registry.counter('shop/orders', { fields: { shop: 'string', paid: 'bool' } })
 * app.use(meterHono(registry))
 * const poller = new Poller(createProcessSource({ registry })).start()
 * app.get('/metrics/process', pollerHandler(poller).handle)
 * orders.add(1, { shop: 'a', paid: true })
 * ```
 *
 * @module
 */
export { AGGREGATE_NAMES, type ProcessRow } from './aggregate.ts'
export { Bucketer, defaultBucketer, fixedWidthBucketer, geometricBucketer } from './metrics/bucketer.ts'
export type { Counter, CounterOptions, CounterStream } from './metrics/counter.ts'
export { Distribution } from './metrics/distribution.ts'
export type {
  CumulativeDistribution,
  DistributionGauge,
  DistributionOptions,
  DistributionStream,
} from './metrics/distributions.ts'
export type { FieldsOf, FieldType, FieldTypes, FieldValue } from './metrics/fields.ts'
export type { Gauge, GaugeOptions, GaugeStream, GaugeValues } from './metrics/gauge.ts'
export type { MetricOptions, ValueType } from './metrics/metric.ts'
export { createRegistry, type Registry, type RegistryOptions } from './metrics/registry.ts'
export type { AnyMetric, DistributionValue, MetricRow } from './metrics/table.ts'
export type { Unit } from './metrics/units.ts'
export { type AppFetch, type AppOptions, meterApp } from './requests/app.ts'
export { type FetchOptions, meterFetch } from './requests/fetch.ts'
export { meterHono } from './requests/hono.ts'
export { meterHandler, meterServer, type RouteOptions, setRoute } from './requests/node.ts'
export { isRobot } from './requests/robot.ts'
export { type ServerRequests, serverRequests } from './requests/server.ts'
export { ABORTED, UNMATCHED } from './requests/status.ts'
export type {
  DurationsSample,
  LatencySample,
  ProcessEntry,
  ProcessSample,
  RequestsSample,
} from './sample.ts'
export { createProcessSource, type ProcessSource, type ProcessSourceOptions } from './source.ts'
