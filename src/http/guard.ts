/**
 * Who may ask. Every request and every upgrade passes here first.
 *
 * - On loopback the `Host` must be a loopback name: a page of another site that has its own name point here (DNS
 *   rebinding) is refused.
 * - A WebSocket from a page of another origin is refused: browsers send them across origins without asking.
 * - With a token every route but `/health`, `/login` and its style wants `Authorization: Bearer`, or the cookie of the login page.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import { MetricsError, respond, respondError, SECURITY_HEADERS } from '../utils/index.ts'

/** Characters of a request's URL. */
const MAX_URL_LENGTH = 8192
/** Cookie that holds the proof of a login. */
export const COOKIE = 'treering_login'
/** Routes that want no token. */
const PUBLIC: ReadonlySet<string> = new Set(['/health', '/login', '/style.css'])

/** Who may ask. */
export interface GuardOptions {
  /** Undefined wants none. */
  readonly token: string | undefined
  /** Whether only this machine can reach the server. */
  readonly loopback: boolean
  /** Further names, `host` or `host:port`, under which a proxy serves it. */
  readonly allowedHosts: readonly string[]
}

/** Checks of a request, as middleware and alone. */
export interface Guard {
  readonly check: MiddlewareHandler
  /** Whether a request shows the token, or none is wanted. */
  admits(c: Context): boolean
  /** Whether this is the token, compared in constant time. */
  isToken(text: string): boolean
  /** What the cookie of a login holds. */
  readonly cookie: string
}

export function createGuard({ token, loopback, allowedHosts }: GuardOptions): Guard {
  const cookie = createHmac('sha256', token ?? '')
    .update('treering login')
    .digest('base64url')

  function isToken(text: string): boolean {
    return token !== undefined && equal(text, token)
  }

  function admits(c: Context): boolean {
    if (token === undefined) return true
    const bearer = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    if (bearer !== undefined) return isToken(bearer)
    const given = getCookie(c, COOKIE)
    return given !== undefined && equal(given, cookie)
  }

  function refuse(c: Context): Response | undefined {
    const { url } = c.req.raw
    if (url.length > MAX_URL_LENGTH) {
      const error = {
        message: 'URI too long',
        error: `a URL is ${MAX_URL_LENGTH} characters at most`,
        code: 'invalid',
      }
      return respond(JSON.stringify(error), 'application/json; charset=utf-8', 414)
    }
    const host = c.req.header('host') ?? ''
    if (loopback && !isLoopbackName(nameOf(host)) && !isAllowed(host, allowedHosts)) {
      const reason = `host ${JSON.stringify(host)} is not allowed: allowed are loopback names and settings.allowed_hosts`
      return respondError(new MetricsError('forbidden', reason))
    }
    const isUpgrade = (c.env as { accept?: unknown } | undefined)?.accept !== undefined
    if ((isUpgrade || c.req.method !== 'GET') && isForeign(c.req.header('origin'), host, allowedHosts)) {
      const reason = 'origin is not allowed: allowed are pages of this server and of settings.allowed_hosts'
      return respondError(new MetricsError('forbidden', reason))
    }
    if (token === undefined || PUBLIC.has(c.req.path) || admits(c)) return undefined
    if (!isUpgrade && c.req.method === 'GET' && c.req.header('accept')?.includes('text/html')) {
      const next = encodeURIComponent(url.slice(url.indexOf('/', url.indexOf('//') + 2)))
      return new Response(null, {
        status: 303,
        headers: { location: `/login?next=${next}`, ...SECURITY_HEADERS },
      })
    }
    const reason = 'a token is needed: send Authorization: Bearer <token>, or log in at /login'
    return respondError(new MetricsError('unauthorized', reason), { 'www-authenticate': 'Bearer' })
  }

  return {
    check: async (c, next) => refuse(c) ?? next(),
    admits,
    isToken,
    cookie,
  }
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
function isForeign(origin: string | undefined, host: string, allowed: readonly string[]): boolean {
  if (origin === undefined) return false
  const at = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]
  return at === undefined || (at.toLowerCase() !== host.toLowerCase() && !isAllowed(at, allowed))
}

/** Equal texts, in a time that tells nothing of where they differ. */
function equal(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
