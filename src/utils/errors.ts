/**
 * The one error class of the project. What a caller may see has a stable `code`; everything else is internal,
 * and its text stays in the log.
 */

/** What went wrong, as a stable word. `HTTP_STATUS` says what each becomes in an answer. */
export type ErrorCode =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'unavailable'
  | 'timeout'
  | 'corrupt'
  | 'conflict'
  | 'full'

/** Code → HTTP status. */
export const HTTP_STATUS: Readonly<Record<ErrorCode, 400 | 401 | 403 | 404 | 409 | 500 | 503 | 504 | 507>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  corrupt: 500,
  unavailable: 503,
  timeout: 504,
  full: 507,
}

/** An error with a stable code. `message` says *cannot <verb> <object>: <reason>*, or what is wrong and what is allowed. */
export class MetricsError extends Error {
  override readonly name = 'MetricsError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** The text of anything that was thrown, on one line. */
export function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown)
  return text.replace(/\s*\n\s*/g, ' ')
}

/** The `code` of a system error (`ENOENT`, `EADDRINUSE`, …), or undefined. */
export function errnoOf(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

/** To be given to `catch`: what is not there is undefined, every other error is thrown again. */
export function unlessMissing(error: unknown): undefined {
  if (errnoOf(error) !== 'ENOENT') throw error
}
