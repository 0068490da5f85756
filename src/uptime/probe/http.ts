/**
 * `http` and `https`: one request, its answer read to the end, redirects followed.
 *
 * Differs from GoDoxy: 4xx and a wrong certificate are failures, as the target's owner would say.
 */
import { type IncomingMessage, type OutgoingHttpHeaders, request as sendRequest } from 'node:http'
import type { Socket } from 'node:net'
import { errnoOf, messageOf } from '../../utils/index.ts'
import { credentialsOf, hideCredentials } from '../target/index.ts'
import { Attempt } from './attempt.ts'
import { Body, type BodyRules } from './body.ts'
import { connect, type TlsRules } from './connect.ts'
import type { Probe } from './probe.ts'
import { failBy } from './reason.ts'
import type { Names } from './resolve.ts'

/** Redirects that are followed. */
const MAX_REDIRECTS = 10
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** Bytes of an answer's headers. */
const MAX_HEADER_BYTES = 16 * 1024
/** Headers that are for the first host alone. */
const PRIVATE = new Set(['authorization', 'cookie', 'proxy-authorization', 'host'])

/** What is asked of a target over HTTP. */
export interface HttpRules {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** Sent with the request; undefined sends none. */
  readonly body: string | undefined
  /** Statuses that are healthy: pairs of first and last. */
  readonly statuses: readonly (readonly [first: number, last: number])[]
  /** The same as text, for reasons. */
  readonly statusText: string
  readonly redirects: boolean
  readonly answer: BodyRules
  readonly tls: TlsRules
}

interface Hop {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** Method and address of those before, and of this one. */
  readonly seen: readonly string[]
}

/** Phases `dns`, `connect`, `tls`, `first_byte` and `transfer`. */
export function httpProbe(rules: HttpRules, names: Names): Probe {
  const { url, method, headers, body } = rules
  const first = { url, method, headers, body, seen: [`${method} ${url.href}`] }
  return (done) => {
    const attempt = new Attempt(done)
    follow(attempt, first, rules, names)
    return attempt
  }
}

function follow(attempt: Attempt, hop: Hop, rules: HttpRules, names: Names): void {
  const secure = hop.url.protocol === 'https:'
  const endpoint = {
    host: hop.url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(hop.url.port || (secure ? 443 : 80)),
    tls: secure ? rules.tls : undefined,
  }
  connect(attempt, endpoint, names, (socket) => attempt.step(() => ask(attempt, socket, hop, rules, names)))
}

function ask(attempt: Attempt, socket: Socket, hop: Hop, rules: HttpRules, names: Names): void {
  const { url, method, body } = hop
  attempt.expect('answer')
  const headers: OutgoingHttpHeaders = { 'user-agent': 'treering', accept: '*/*', ...hop.headers }
  if (body !== undefined) headers['content-length'] = Buffer.byteLength(body)
  const auth = credentialsOf(url)
  const request = sendRequest({
    host: url.hostname,
    port: url.port,
    // The port that goes without saying stays out of the Host header.
    defaultPort: url.protocol === 'https:' ? 443 : 80,
    path: url.pathname + url.search,
    method,
    headers,
    ...(auth === undefined ? {} : { auth }),
    maxHeaderSize: MAX_HEADER_BYTES,
    createConnection: () => socket,
  })
  request.on('response', (response) => {
    attempt.reach('first_byte')
    const status = response.statusCode ?? 0
    attempt.facts.httpStatus = status
    const { location } = response.headers
    if (rules.redirects && REDIRECTS.has(status) && location !== undefined) {
      // The next hop's connection is the only one that is open.
      socket.destroy()
      redirect(attempt, hop, status, location, rules, names)
    } else if (!rules.statuses.some(([least, most]) => status >= least && status <= most)) {
      attempt.fail(`status ${status}, allowed are ${rules.statusText}`)
    } else read(attempt, response, rules.answer)
  })
  request.on('upgrade', () => attempt.fail('status 101, no upgrade was asked for'))
  request.on('error', (error) => {
    const code = errnoOf(error) ?? ''
    if (code === 'HPE_HEADER_OVERFLOW') attempt.fail(`headers longer than ${MAX_HEADER_BYTES / 1024} KiB`)
    else if (code.startsWith('HPE_')) attempt.fail(`answer is not HTTP: ${messageOf(error)}`)
    else if (code === 'ECONNRESET') attempt.fail('closed the connection before the end of its headers')
    else failBy(attempt, error, url.hostname)
  })
  request.end(body)
}

function read(attempt: Attempt, response: IncomingMessage, rules: BodyRules): void {
  const body = new Body(rules)
  attempt.expect(() => `end of the body (${body.bytes} bytes so far)`)
  response.on('data', (part: Buffer) => {
    if (body.add(part)) attempt.fail(`body longer than ${rules.maxBytes} bytes`)
  })
  response.on('error', () => attempt.fail('closed the connection before the end of its body'))
  response.on('end', () => {
    if (attempt.ended) return
    attempt.reach('transfer')
    const fault = body.fault()
    if (fault === undefined) attempt.succeed()
    else attempt.fail(fault)
  })
}

function redirect(
  attempt: Attempt,
  hop: Hop,
  status: number,
  location: string,
  rules: HttpRules,
  names: Names,
): void {
  const url = URL.canParse(location, hop.url.href) ? new URL(location, hop.url) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    attempt.fail(
      `redirects to ${JSON.stringify(hideCredentials(location).slice(0, 128))}, which is no address over HTTP`,
    )
    return
  }
  const sameOrigin = url.origin === hop.url.origin
  // As with its headers: what may be told to this host is told to all of its pages.
  if (sameOrigin && credentialsOf(url) === undefined) {
    url.username = hop.url.username
    url.password = hop.url.password
  }
  // Source: RFC 9110, 15.4: 303 asks with GET, 301 and 302 do so instead of POST.
  const asGet = hop.method !== 'HEAD' && (status === 303 || (status < 303 && hop.method === 'POST'))
  const method = asGet ? 'GET' : hop.method
  const step = `${method} ${url.href}`
  if (hop.seen.includes(step)) {
    attempt.fail(`redirects in a circle, back to ${hideCredentials(url.href)}`)
    return
  }
  if (hop.seen.length > MAX_REDIRECTS) {
    attempt.fail(`more than ${MAX_REDIRECTS} redirects`)
    return
  }
  const headers = sameOrigin
    ? hop.headers
    : Object.fromEntries(Object.entries(hop.headers).filter(([name]) => !PRIVATE.has(name.toLowerCase())))
  const body = asGet ? undefined : hop.body
  follow(attempt, { url, method, headers, body, seen: [...hop.seen, step] }, rules, names)
}
