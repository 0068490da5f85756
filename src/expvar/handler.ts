/** Published variables over HTTP. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'hono'
import { respond } from '../utils/index.ts'
import type { Vars } from './vars.ts'

const JSON_TYPE = 'application/json; charset=utf-8'

/**
 * For a Hono app: `app.get('/debug/vars', varsHandler(vars))`. `?match=<prefix>` gives only the names that begin so.
 */
export function varsHandler(vars: Vars): (c: Context) => Response {
  return (c) => respond(vars.json(c.req.query('match')), JSON_TYPE)
}

/**
 * For plain `node:http` and what builds on it: `createServer(varsListener(vars))`. Answers whatever the path is, as Go's
 * `expvar.Handler()`; other methods than GET and HEAD get 405.
 */
export function varsListener(vars: Vars): (request: IncomingMessage, response: ServerResponse) => void {
  return ({ method, url = '' }, response) => {
    if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end()
      return
    }
    const at = url.indexOf('?')
    const match = at < 0 ? undefined : new URLSearchParams(url.slice(at)).get('match')
    const body = Buffer.from(vars.json(match ?? ''))
    response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': body.length }).end(body)
  }
}
