/** Where another process serves its variables. */
import { MetricsError } from '../utils/index.ts'

/** Source: Go's `expvar`. */
const DEFAULT_PATH = '/debug/vars'
const MAX_LENGTH = 2048

/**
 * The URL of an endpoint: `localhost:1234`, `http://app`, `https://user:pass@app.example:8443/prefix`.
 *
 * @param routepath Put behind the endpoint's path. @default `/debug/vars`, unless the endpoint has a path: then it is the whole address
 * @throws MetricsError `invalid`. Source: expvastic: no spaces, and a host of one word wants a scheme or a port.
 *   Differs from expvastic: a scheme may be in capitals, and other schemes than http and https are refused.
 */
export function parseEndpoint(endpoint: string, routepath?: string): URL {
  const base = parseBase(endpoint)
  if (routepath === undefined) {
    if (base.pathname === '/') base.pathname = DEFAULT_PATH
    return base
  }
  if (/\s/.test(routepath) || routepath.length > MAX_LENGTH)
    throw new MetricsError(
      'invalid',
      `invalid routepath ${quote(routepath)}: expected a path, such as ${DEFAULT_PATH}`,
    )
  const path = base.pathname.replace(/\/$/, '') + (routepath.startsWith('/') ? '' : '/') + routepath
  const url = new URL(path, base)
  // A path that begins with two slashes would be another host.
  if (url.host !== base.host) throw new MetricsError('invalid', `invalid routepath ${quote(routepath)}`)
  url.username = base.username
  url.password = base.password
  return url
}

function parseBase(endpoint: string): URL {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(endpoint)?.[1]?.toLowerCase()
  const refuse = (expected: string): never => {
    throw new MetricsError('invalid', `invalid endpoint ${quote(endpoint)}: ${expected}`)
  }
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https')
    return refuse('allowed schemes are http and https')
  const authority = /^[^/?#]*/.exec(endpoint)![0].replace(/^.*@/, '')
  const named = scheme !== undefined || /:\d{1,5}$/.test(authority) || /\.|^\[/.test(authority)
  const text = scheme === undefined ? `http://${endpoint}` : endpoint
  if (!named || /\s/.test(endpoint) || endpoint.length > MAX_LENGTH || !URL.canParse(text))
    return refuse('expected HOST:PORT or a URL, such as localhost:1234 or https://app.example/debug/vars')
  const url = new URL(text)
  url.hash = ''
  return url
}

/** As it may be told: without name and password. */
export function addressOf(url: URL): string {
  const shown = new URL(url)
  shown.username = ''
  shown.password = ''
  return shown.href
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 128).replace(/\/\/[^/@]*@/, '//***@'))
}
