/**
 * One YAML file → one typed `Config`.
 *
 * @module
 */
export { type Config, DEFAULT_CONFIG, LOG_LEVELS, type LogLevel, parseListen, type Reader } from './config.ts'
export { EXAMPLE_CONFIG } from './example.ts'
export { loadConfig } from './file.ts'
export { watchConfig } from './watch.ts'
