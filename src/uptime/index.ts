/**
 * The health of targets: watched over HTTP, TCP, TLS, DNS, ICMP and WebSocket, or reporting themselves, with a
 * history that counts every check.
 *
 * ```ts
 * const uptime = createUptime({ targets: { home: 'https://example.org', db: 'tcp://127.0.0.1:5432' } })
 * const poller = new Poller(uptime).start()
 * app.get('/metrics/uptime', pollerHandler(poller).handle).route('/', uptimeRoutes(uptime, poller))
 * ```
 *
 * @module
 */
export type { SlotStatus, UptimeRow } from './aggregate.ts'
export type { UptimeEntry } from './entry.ts'
export type { UptimeEvent } from './events.ts'
export type { Heartbeat } from './probe/push.ts'
export { uptimeRoutes } from './routes.ts'
export type { TargetStatus, UptimeJson, UptimeSample } from './sample.ts'
export { createUptime, type UptimeOptions, type UptimeSource } from './source.ts'
export { isStatus, STATUSES, type Status } from './status.ts'
export type { SuppliedStatus, Supply } from './supplied.ts'
export type { TargetDefaults, TargetMap, TargetOptions } from './target/index.ts'
export type { WatchOptions } from './targets.ts'
