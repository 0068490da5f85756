/**
 * One YAML file → one typed `Config`.
 *
 * Everything wrong is told at once, each with file, line, key and what is allowed. The parser and the schema are
 * loaded only when there is a file: a program without one stays smaller.
 */
import { readFileSync } from 'node:fs'
import type { Config } from './config.ts'
import { MetricsError, messageOf } from './utils/index.ts'

/**
 * Reads a configuration file.
 *
 * @throws MetricsError `invalid` with a line for each fault, `not_found` where there is no file.
 */
export async function loadConfig(path: string): Promise<Config> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new MetricsError('not_found', `cannot read config ${path}: ${messageOf(error)}`)
  }
  const { parseConfig } = await import('./configparse.ts')
  return parseConfig(text, path, process.env)
}
