/** Addresses of stores, as the original takes them: the scheme may be left out. */
import { MetricsError } from '../../utils/index.ts'

/** An address, and the user that was written into it. */
export interface Endpoint {
  /** `http://HOST:PORT/path`, without user and password: it is logged and shown. */
  readonly url: string
  readonly username?: string
  readonly password?: string
}

/**
 * `127.0.0.1:9200`, `https://search.example.org`, `http://user:password@host:9200`.
 *
 * Differs from expvastic: a scheme in capitals is read, and other schemes are refused instead of getting `http://` put before them.
 *
 * @throws MetricsError `invalid`
 */
export function parseEndpoint(text: string): Endpoint {
  const refuse = () =>
    new MetricsError(
      'invalid',
      `invalid endpoint ${JSON.stringify(text.replace(/\/\/[^/@]*@/, '//'))}: expected HOST:PORT or a URL with http or https`,
    )
  const schemed = /^https?:\/\//i.test(text)
  // A single word without scheme and port is more likely a slip than a host.
  const lawful =
    schemed || /^(?:[^/\s:]+\.[^/\s:]+|localhost|[^/\s:]+:\d+|\[[0-9a-f:.]+\])(?:[:/?]|$)/i.test(text)
  if (!lawful || /\s/.test(text)) throw refuse()
  let url: URL
  try {
    url = new URL(schemed ? text : `http://${text}`)
  } catch {
    throw refuse()
  }
  const { username, password } = url
  url.username = ''
  url.password = ''
  return {
    url: url.href.replace(/\/$/, ''),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  }
}
