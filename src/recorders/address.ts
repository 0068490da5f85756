/** Addresses that are posted to. Nothing of this loads what posts. */
import { MetricsError, type TlsFiles } from '../utils/index.ts'

/** Where to post, and as whom. */
export interface EndpointOptions extends TlsFiles {
  /** `http://` or `https://`, without user and password; the protocol's own path is taken where it has none. */
  readonly endpoint: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string
  /** Sent as `Authorization: Basic`, with `password`. */
  readonly username?: string
  readonly password?: string
}

/**
 * The address to post to.
 *
 * @throws MetricsError `invalid` for an address that is none, or with secrets in it.
 */
export function addressOf(text: string, path: string): URL {
  // What `localhost:9090` would be is an address of the scheme `localhost`.
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text))
    throw new MetricsError(
      'invalid',
      `invalid endpoint ${JSON.stringify(text)}: expected an address such as http://127.0.0.1:9090 or https://metrics.example.org`,
    )
  const url = new URL(text)
  if (url.username !== '' || url.password !== '')
    throw new MetricsError('invalid', 'invalid endpoint: give username and password beside it, not in it')
  if (url.pathname === '/') url.pathname = path
  return url
}

/** Headers that name a tenant: of Mimir, Cortex, Thanos, VictoriaMetrics' proxies and the like. Others may be secrets, and are not shown. */
const TENANT = /^(?:x-)?(?:[a-z]+-)*(?:tenant|org|orgid|account|accountid|project|projectid|dataset)(?:-id)?$/

/** The address, then who ships there and what it says of itself, as far as both may be shown: `http://mimir/push x-scope-orgid="shop" {zone="a"}`. */
export function describeEndpoint(
  { endpoint, headers = {}, username }: EndpointOptions,
  path: string,
  own: Readonly<Record<string, string>> = {},
): string {
  const told = Object.entries(lowered(headers)).filter(([name]) => TENANT.test(name))
  const user = username === undefined ? [] : [`user=${JSON.stringify(username)}`]
  const said = Object.keys(own)
    .sort()
    .map((name) => `${name}=${JSON.stringify(own[name])}`)
  const { href } = addressOf(endpoint, path)
  const parts = [href, ...user, ...told.map(([name, value]) => `${name}=${JSON.stringify(value)}`)]
  return `${parts.join(' ')}${said.length === 0 ? '' : ` {${said.join(',')}}`}`
}

/** All that decides whose the samples become, secrets too: to be compared, never to be shown. */
export function credentialsOf({ headers = {}, token, username }: EndpointOptions): string {
  return JSON.stringify([Object.entries(lowered(headers)), token, username])
}

/** Names of headers have no case, and no order. */
function lowered(headers: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
