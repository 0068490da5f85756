/**
 * treering as a library: everything that the command starts, in one call.
 *
 * ```ts
 * const tree = await init({ listen: { host: '127.0.0.1', port: 8888 } }, { sources: [queue] })
 * await tree.close()
 * ```
 *
 * @module
 */
export {
  type Config,
  DEFAULT_CONFIG,
  LOG_LEVELS,
  type LogLevel,
  loadConfig,
  parseListen,
} from './config/index.ts'
export { type InitOptions, init, type Treering } from './main.ts'
export * from './period/index.ts'
export { PartlyTaken } from './settings.ts'
export { type ErrorCode, type Log, MetricsError } from './utils/index.ts'
export { VERSION } from './version.ts'
