/** Login of a browser: the token is typed once, a cookie proves it afterwards. */
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { setCookie } from 'hono/cookie'
import { type Log, MetricsError, respond, respondError, SECURITY_HEADERS } from '../utils/index.ts'
import { COOKIE, type Guard } from './guard.ts'
import { loginPage } from './pages.ts'

const MAX_FORM_BYTES = 16 * 1024
const TELL_FAILURES_MS = 10_000
const COOKIE_SECONDS = 30 * 86_400
const HTML = 'text/html; charset=utf-8'

/** `GET /login` and `POST /login`. */
export function loginRoutes(guard: Guard, log: Log): Hono {
  let failures = 0
  let toldAt = Number.NEGATIVE_INFINITY
  /** Guessing shows in the log, without filling it. */
  function tellFailure(): void {
    failures++
    if (performance.now() - toldAt < TELL_FAILURES_MS) return
    log.warn({ times: failures }, 'a login with a wrong token')
    toldAt = performance.now()
    failures = 0
  }

  const tooLarge = () =>
    respondError(new MetricsError('invalid', `a login form holds ${MAX_FORM_BYTES} bytes at most`))
  return new Hono()
    .get('/login', (c) => respond(loginPage(localPath(c.req.query('next')), false), HTML))
    .post('/login', bodyLimit({ maxSize: MAX_FORM_BYTES, onError: tooLarge }), async (c) => {
      const form = new URLSearchParams(await c.req.text())
      const next = localPath(form.get('next') ?? undefined)
      if (!guard.isToken(form.get('token') ?? '')) {
        tellFailure()
        return respond(loginPage(next, true), HTML, 401)
      }
      setCookie(c, COOKIE, guard.cookie, {
        httpOnly: true,
        sameSite: 'Strict',
        path: '/',
        maxAge: COOKIE_SECONDS,
        secure: new URL(c.req.url).protocol === 'https:' || c.req.header('x-forwarded-proto') === 'https',
      })
      for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.header(name, value)
      return c.redirect(next, 303)
    })
}

/** A path of this server; anything that a browser could take for another site becomes `/`. */
function localPath(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])[^\\\s]*$/.test(next) ? next : '/'
}
