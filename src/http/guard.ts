/**
 * Who may ask. Every request and every upgrade passes here first.
 *
 * - On loopback the `Host` must be a loopback name: a page of another site that has its own name point here (DNS
 *   rebinding) is refused. A request without any is none of a browser.
 * - A WebSocket from a page of another origin is refused: browsers send them across origins without asking.
 * - With a token every route but `/health`, `/login` and its style wants `Authorization: Bearer`, or the cookie of the login page;
 *   the status page, its data and badges too, unless the configuration opens them to everybody.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { parse } from 'hono/utils/cookie'
import type { RequestEnv } from '../period/index.ts'
import { MetricsError, respond, respondError, SECURITY_HEADERS } from '../utils/index.ts'

/** Characters of a request's URL. */
const MAX_URL_LENGTH = 8192
/** Cookie that holds the proof of a login. */
export const COOKIE = 'treering_login'
/** Routes that want no token. */
const PUBLIC: readonly string[] = ['/health', '/login', '/style.css', '/favicon.svg']
/** Routes of the status page, and the folder of its scripts, which tell nothing of the machine. */
const STATUS_PAGE: readonly string[] = ['/status', '/status.json']
const SCRIPTS = '/assets/'
/** Pictures of a target, which tell no more than that page. */
const BADGE = /^\/badge\/[^/]+\.svg$/

/** Who may ask. */
export interface GuardOptions {
  /** Undefined wants none. */
  readonly token: string | undefined
  /** Whether only this machine can reach the server. */
  readonly loopback: boolean
  /** Further names, `host` or `host:port`, under which a proxy serves it; undefined where none can be set. */
  readonly allowedHosts: readonly string[] | undefined
  /** Whether the status page and badges want no token. @default false */
  readonly statusPublic?: boolean
}

/** Hosts that were found lawful are remembered, so that a request costs one look-up. */
const MAX_KNOWN_HOSTS = 32

/** One header of a request; null or undefined where it has none. */
type Header = (name: 'authorization' | 'cookie') => string | null | undefined

/** Checks of a request. */
export interface Guard {
  /**
   * The answer of a request that may not be served; undefined when it may. Not a middleware: those make every answer wait for a
   * promise, which costs a tenth of all requests a second.
   */
  refuse(request: Request, env?: RequestEnv): Response | undefined
  /** Whether a request of `node:http` that changes nothing may be served; why not, `refuse` says. */
  letsRead(incoming: Pick<IncomingMessage, 'url' | 'headers'>): boolean
  /** Whether a request shows the token, or none is wanted. */
  admits(request: Request): boolean
  /** Whether this is the token, compared in constant time. */
  isToken(text: string): boolean
  /** What the cookie of a login holds. */
  readonly cookie: string
}

export function createGuard(options: GuardOptions): Guard {
  const { token, loopback, allowedHosts = [], statusPublic = false } = options
  const settable = options.allowedHosts === undefined ? '' : ' and settings.allowed_hosts'
  const open = new Set([...PUBLIC, ...(statusPublic ? STATUS_PAGE : [])])
  const isOpen = (path: string) =>
    open.has(path) || (statusPublic && (path.startsWith(SCRIPTS) || BADGE.test(path)))
  const cookie = createHmac('sha256', token ?? '')
    .update('treering login')
    .digest('base64url')

  const digests = { token: digest(token ?? ''), cookie: digest(cookie) }

  function isToken(text: string): boolean {
    return token !== undefined && isOf(text, digests.token)
  }

  function showsToken(header: Header): boolean {
    if (token === undefined) return true
    const bearer = /^Bearer +(\S+)$/i.exec(header('authorization') ?? '')?.[1]
    if (bearer !== undefined) return isToken(bearer)
    const given = parse(header('cookie') ?? '', COOKIE)[COOKIE]
    return given !== undefined && isOf(given, digests.cookie)
  }

  function admits({ headers }: Request): boolean {
    return showsToken((name) => headers.get(name))
  }

  const knownHosts = new Set<string>()
  function isKnownHost(host: string | undefined): boolean {
    if (!loopback || host === undefined || knownHosts.has(host)) return true
    if (!isLoopbackName(nameOf(host)) && !isAllowed(host, allowedHosts)) return false
    if (knownHosts.size < MAX_KNOWN_HOSTS) knownHosts.add(host)
    return true
  }

  function letsRead({ url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>): boolean {
    const isKnown = url.length <= MAX_URL_LENGTH && isKnownHost(headers.host)
    return isKnown && showsToken((name) => headers[name])
  }

  function refuse(request: Request, env?: RequestEnv): Response | undefined {
    const { url, method } = request
    if (url.length > MAX_URL_LENGTH) {
      const error = {
        message: 'URI too long',
        error: `a URL is ${MAX_URL_LENGTH} characters at most`,
        code: 'invalid',
      }
      return respond(JSON.stringify(error), 'application/json; charset=utf-8', 414)
    }
    // The parsed headers are at hand; a `Headers` object would be made for this one look.
    const host = env?.incoming?.headers.host ?? request.headers.get('host') ?? undefined
    if (!isKnownHost(host)) {
      const reason = `host ${JSON.stringify(host)} is not allowed: allowed are loopback names${settable}`
      return respondError(new MetricsError('forbidden', reason))
    }
    const isUpgrade = env?.accept !== undefined
    if ((isUpgrade || method !== 'GET') && isForeign(request.headers.get('origin'), host, allowedHosts)) {
      const of = settable.replace('and', 'and of')
      const reason = `origin is not allowed: allowed are pages of this server${of}`
      return respondError(new MetricsError('forbidden', reason))
    }
    if (token === undefined || isOpen(new URL(url).pathname) || admits(request)) return undefined
    if (!isUpgrade && method === 'GET' && request.headers.get('accept')?.includes('text/html')) {
      const { pathname, search } = new URL(url)
      const location = `/login?next=${encodeURIComponent(pathname + search)}`
      return new Response(null, { status: 303, headers: { location, ...SECURITY_HEADERS } })
    }
    const reason = 'a token is needed: send Authorization: Bearer <token>, or log in at /login'
    return respondError(new MetricsError('unauthorized', reason), { 'www-authenticate': 'Bearer' })
  }

  return { refuse, letsRead, admits, isToken, cookie }
}

/** `localhost`, names under it, 127.0.0.0/8 and ::1. */
export function isLoopbackName(name: string): boolean {
  return /^(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(name)
}

function nameOf(host: string): string {
  return host.replace(/:\d+$/, '')
}

function isAllowed(host: string, allowed: readonly string[]): boolean {
  const lower = host.toLowerCase()
  return allowed.some((name) => name.toLowerCase() === lower || name.toLowerCase() === nameOf(lower))
}

/** Whether a page of another site asks; programs send no `Origin`. */
function isForeign(origin: string | null, host: string | undefined, allowed: readonly string[]): boolean {
  if (origin === null) return false
  const at = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]
  return at === undefined || (at.toLowerCase() !== host?.toLowerCase() && !isAllowed(at, allowed))
}

/** Whether this is the text of a digest, in a time that tells nothing of where they differ. */
function isOf(text: string, of: Buffer): boolean {
  return timingSafeEqual(digest(text), of)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
