/**
 * One YAML file → one typed `Config`.
 *
 * @module
 */
export { LOG_LEVELS, type LogLevel } from '../utils/index.ts'
export { loadByteMap } from './bytemap.ts'
export { type Config, DEFAULT_CONFIG, parseListen, type Reader } from './config.ts'
export { EXAMPLE_CONFIG } from './example.ts'
export { loadConfig } from './file.ts'
export { completed } from './given.ts'
export { destinationsOf, TWO_PROCESSES } from './processes.ts'
export { parseToken } from './token.ts'
export { watchConfig } from './watch.ts'
