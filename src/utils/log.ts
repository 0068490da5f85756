/** What the project asks of a log; a pino logger is one. */

/** Fields first, then the sentence. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A log that says nothing: the default of a library. */
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }
