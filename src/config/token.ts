/** What a token may be. */
import { MetricsError } from '../utils/index.ts'

/** @throws MetricsError `invalid` for one that nobody could send. */
export function parseToken(token: string): string {
  if (/^[!-~]+$/.test(token)) return token
  const reason =
    token === ''
      ? 'it is empty'
      : 'it has characters that no header can carry: allowed are ASCII letters, digits and signs, no spaces'
  throw new MetricsError('invalid', `cannot use the token: ${reason}`)
}
