/** A target's address: its scheme says how it is checked. */
import { isIP } from 'node:net'
import { MetricsError, parseDuration } from '../../utils/index.ts'
import { hideCredentials } from './credentials.ts'
import type { TargetOptions } from './options.ts'

/** How a target is checked. */
export type Kind = 'http' | 'tcp' | 'tls' | 'ws' | 'icmp' | 'dns' | 'push'

/** An address, read. */
export interface Address {
  readonly kind: Kind
  /** As it was written, without a password. */
  readonly text: string
  /** http, ws: the whole of it. */
  readonly url: URL | undefined
  /** A name or an address, IPv6 without brackets; of dns the server, or empty for the system's. */
  readonly host: string
  /** 0 where it has none. */
  readonly port: number
  /** Whether TLS is spoken. */
  readonly secure: boolean
  /** dns: the name that is asked for. */
  readonly name: string
  /** dns: the `type` of the address. */
  readonly record: string | undefined
  /** push: the grace of the address. */
  readonly graceMs: number | undefined
}

/** Options that go with one kind of address alone. */
export const OPTIONS_OF: Readonly<Record<Kind, readonly (keyof TargetOptions)[]>> = {
  http: [
    'method',
    'headers',
    'body',
    'expectStatus',
    'expectText',
    'expectJson',
    'redirects',
    'maxBodyBytes',
  ],
  tcp: [],
  tls: [],
  ws: ['headers', 'send', 'expectReply'],
  icmp: [],
  dns: ['record', 'expectAnswer'],
  push: ['graceMs'],
}
/** Options that go with TLS. */
export const TLS_OPTIONS: readonly (keyof TargetOptions)[] = ['verify', 'ca', 'certificateDays']

const SCHEMES: Readonly<Record<string, { kind: Kind; secure?: true; port?: number }>> = {
  http: { kind: 'http', port: 80 },
  https: { kind: 'http', port: 443, secure: true },
  tcp: { kind: 'tcp' },
  tls: { kind: 'tls', port: 443, secure: true },
  ws: { kind: 'ws', port: 80 },
  wss: { kind: 'ws', port: 443, secure: true },
  icmp: { kind: 'icmp' },
  dns: { kind: 'dns' },
  push: { kind: 'push' },
}
/** What a host may be; no program is ever given one that looks like an option. */
const HOST = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]+\])$/
const NAME = /^[A-Za-z0-9_*](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/
const EXAMPLES = 'http://, https://, tcp://host:port, tls://, ws://, wss://, icmp://, dns:name, push'

/** @throws MetricsError `invalid`, saying what is allowed. */
export function parseAddress(text: string): Address {
  const refuse = (reason: string): never => {
    throw new MetricsError(
      'invalid',
      `invalid address ${JSON.stringify(hideCredentials(text).slice(0, 128))}: ${reason}`,
    )
  }
  const scheme = /^([a-z]+)(?=:|$)/i.exec(text)?.[1]?.toLowerCase() ?? ''
  const known = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined
  if (known === undefined) return refuse(`allowed are ${EXAMPLES}`)
  const { kind, secure = false, port: defaultPort } = known
  const none = { kind, text: hideCredentials(text), secure, url: undefined, host: '', port: 0, name: '' }
  if (kind === 'push') {
    const grace = text.slice('push'.length).replace(/^:\/{0,2}/, '')
    return { ...none, record: undefined, graceMs: grace === '' ? undefined : parseDuration(grace) }
  }
  if (!URL.canParse(text)) return refuse('it is no URL')
  const url = new URL(text)
  if (kind === 'dns') {
    // Source: RFC 4501: dns:name or dns://server/name, with ?type=. A server alone is taken for the name.
    const path = decodeURIComponent(url.pathname).replace(/^\//, '')
    const name = path === '' ? url.hostname : path
    if (!NAME.test(name)) return refuse('expected dns:example.org or dns://192.0.2.1/example.org?type=MX')
    const host = path === '' ? '' : url.hostname
    const record = url.searchParams.get('type')?.toUpperCase()
    const server = { host: host.replace(/^\[|\]$/g, ''), port: Number(url.port || 53) }
    return { ...none, ...server, name, record, graceMs: undefined }
  }
  if (!HOST.test(url.hostname)) return refuse('it has no host')
  if (url.port === '0') return refuse('nobody listens on port 0')
  if (kind === 'ws' && url.hash !== '') return refuse('a WebSocket has no #fragment')
  const port = Number(url.port || (defaultPort ?? 0))
  if (kind === 'tcp' && port === 0) return refuse('it has no port: expected tcp://host:port')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const whole = kind === 'http' || kind === 'ws' ? url : undefined
  return { ...none, url: whole, host, port, record: undefined, graceMs: undefined }
}

/** Pairs of first and last of `200-399`, `204` or `200-299,301`. @throws MetricsError `invalid` */
export function parseStatuses(text: string): (readonly [first: number, last: number])[] {
  return text.split(',').map((part) => {
    const [, first, last = first] = /^\s*(\d{3})(?:\s*-\s*(\d{3}))?\s*$/.exec(part) ?? []
    const range = [Number(first), Number(last)] as const
    if (range[0] >= 100 && range[1] <= 599 && range[0] <= range[1]) return range
    throw new MetricsError(
      'invalid',
      `invalid status ${JSON.stringify(text.slice(0, 64))}: expected 100 to 599, such as 200-399 or 200,301-302`,
    )
  })
}

/** A name server: `192.0.2.1`, `192.0.2.1:5353` or `[2001:db8::1]:53`. @throws MetricsError `invalid` */
export function parseServer(text: string): string {
  const [, bracketed, plain = '', port = '53'] =
    /^(?:\[([^\]]+)\]|([^:]+|.*:.*:.*?))(?::(\d{1,5}))?$/.exec(text) ?? []
  if (isIP(bracketed ?? plain) !== 0 && Number(port) > 0 && Number(port) < 65_536) return text
  throw new MetricsError(
    'invalid',
    `invalid name server ${JSON.stringify(text.slice(0, 64))}: expected an address, such as 192.0.2.1 or [2001:db8::1]:5353`,
  )
}
