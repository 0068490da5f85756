/**
 * One YAML file → one typed `Config`.
 *
 * Everything wrong is told at once, each with file, line, key and what is allowed. The parser and the schema are
 * loaded only when there is a file: a program without one stays smaller.
 */
import { readFileSync } from 'node:fs'
import { errnoOf, MetricsError, messageOf } from '../utils/index.ts'
import type { Config } from './config.ts'

/**
 * Reads a configuration file.
 *
 * @param options.running Refuses an empty one, which an editor may be about to write: a running program would lose all that it has.
 * @throws MetricsError `invalid` with a line for each fault, also where there is no file.
 */
export async function loadConfig(path: string, options: { running?: boolean } = {}): Promise<Config> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const reason = errnoOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error)
    throw new MetricsError('invalid', `cannot read config ${path}: ${reason}`)
  }
  if (options.running === true && text.trim() === '')
    throw new MetricsError('invalid', `cannot take up config ${path}: it is empty`)
  const { parseConfig } = await import('./parse.ts')
  return parseConfig(text, path, process.env)
}
