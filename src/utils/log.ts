/** What the project asks of a log; a pino logger is one. */

/** Fields first, then the sentence. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Words of a level, the quietest last. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** A log that says nothing: the default of a library. */
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** The same log at a level of its own, if one is given. A pino logger may become louder so, any other only quieter. */
export function withLevel(log: Log, level: LogLevel | undefined): Log {
  if (level === undefined) return log
  if (isParent(log)) return log.child({}, { level })
  const from = LOG_LEVELS.indexOf(level)
  const at = (name: LogLevel) =>
    LOG_LEVELS.indexOf(name) < from
      ? SILENT[name]
      : (fields: object, message: string) => log[name](fields, message)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Source: pino: a child's level is its own, whatever its parent's. */
interface Parent {
  child(bindings: object, options: { level: LogLevel }): Log
}

function isParent(log: Log): log is Log & Parent {
  return typeof (log as Partial<Parent>).child === 'function'
}
