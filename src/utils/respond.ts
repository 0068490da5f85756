/**
 * Answers with the headers that every answer carries.
 *
 * Headers are plain objects, bodies strings or bytes: the server then writes them without building a `Headers` or a stream.
 */
import { HTTP_STATUS, MetricsError } from './errors.ts'
import { exactJson } from './json.ts'

/**
 * On every answer: nothing is guessed, framed, embedded by other sites or told to them; a page may load nothing but its own style.
 * To this server itself a page tells where it is: without that a browser sends `Origin: null` with the login's form, which is refused.
 * Source: OWASP Secure Headers; Fetch, "append a request `Origin` header".
 */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

const JSON_HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-cache',
  ...SECURITY_HEADERS,
}

/** A body of this type, with the headers of every answer. */
export function respond(
  body: string | Uint8Array<ArrayBuffer> | null,
  contentType: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, {
    status,
    headers: { 'content-type': contentType, 'cache-control': 'no-cache', ...SECURITY_HEADERS, ...headers },
  })
}

/** What goes with a JSON body of so many bytes that has this ETag (as it stands in the header, quotes included). */
export function jsonInit(
  etag: string,
  bytes: number,
): { readonly headers: Readonly<Record<string, string>> & { readonly etag: string } } {
  return { headers: { 'content-length': String(bytes), ...JSON_HEADERS, vary: 'accept', etag } }
}

/** A value as JSON. */
export function respondJson(value: unknown): Response {
  return new Response(exactJson(value), { headers: JSON_HEADERS })
}

/** An answer without a body, such as 204 or 304. */
export function respondEmpty(status: 204 | 304, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, {
    status,
    headers: { 'cache-control': 'no-cache', ...SECURITY_HEADERS, ...headers },
  })
}

/**
 * `{"message","error","code"}` of an error that a caller may see; of any other, 500 without its text.
 * Source: GoDoxy's `{"message":"bad request","error":"…"}`; `code` is ours.
 */
export function respondError(error: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  const known = error instanceof MetricsError
  const body = {
    message: known ? (MESSAGES[error.code] ?? error.code.replace('_', ' ')) : 'internal error',
    error: known ? error.message : 'internal error',
    code: known ? error.code : 'internal',
  }
  const status = known ? HTTP_STATUS[error.code] : 500
  return respond(JSON.stringify(body), JSON_HEADERS['content-type'], status, headers)
}

const MESSAGES: Partial<Record<string, string>> = { invalid: 'bad request' }
