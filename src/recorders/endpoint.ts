/**
 * The address that a recorder posts to: one kept-alive connection or two, its secrets, and the rules of when to come again.
 *
 * Node's own `fetch` takes neither a CA nor a client certificate without a package beside it, so this is `node:https`.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { errnoOf, MetricsError, messageOf, readTlsFiles } from '../utils/index.ts'
import { addressOf, type EndpointOptions } from './address.ts'

/** Connections kept to one endpoint. */
const MAX_CONNECTIONS = 2
/** Bytes read of an answer; what is beyond is passed over. */
const MAX_ANSWER_BYTES = 64 * 1024
/** Characters of an answer that an error says. */
const MAX_REASON = 200
/** The longest that an endpoint may ask to be left alone. */
const MAX_RETRY_AFTER_MS = 3_600_000

/** What an endpoint said. */
export interface Answer {
  readonly status: number
  /** `400 Bad Request: out of order sample` */
  readonly reason: string
  /** The first 64 KiB. */
  readonly body: Buffer
  /** Whether the body is said to be JSON. */
  readonly json: boolean
}

/** An address to post to. */
export class Endpoint {
  /** Without secrets: `https://mimir.example.org/api/v1/push`. */
  readonly address: string
  readonly #url: URL
  readonly #headers: Readonly<Record<string, string>>
  readonly #agent: HttpAgent
  #notBefore = 0

  /**
   * @param path Taken where the endpoint has none, such as `/api/v1/write`.
   * @throws MetricsError `invalid` for an address that is none, secrets in the address, two kinds of secrets, or a file that cannot be read.
   */
  constructor(options: EndpointOptions, path: string) {
    this.#url = addressOf(options.endpoint, path)
    this.address = this.#url.href
    this.#headers = { ...options.headers, ...authorization(options) }
    const limits = { keepAlive: true, maxSockets: MAX_CONNECTIONS }
    this.#agent =
      this.#url.protocol === 'https:'
        ? new HttpsAgent({ ...limits, ...readTlsFiles(options) })
        : new HttpAgent(limits)
  }

  /**
   * Posts a message once.
   *
   * @param again Whether an answer of this status is to be tried again.
   * @throws MetricsError `unavailable` for a lost connection, for such a status, and while the endpoint asked to be left alone;
   *   `timeout` when the signal aborts.
   */
  async post(
    message: Uint8Array,
    headers: Readonly<Record<string, string>>,
    again: (status: number) => boolean,
    signal: AbortSignal,
  ): Promise<Answer> {
    const waitMs = this.#notBefore - performance.now()
    if (waitMs > 0)
      throw this.#unavailable(`it asked to be left alone for ${Math.ceil(waitMs / 1000)} s more`)
    const answer = await this.#send(message, { ...this.#headers, ...headers }, signal)
    if (!again(answer.status)) return answer
    const retryAfterMs = parseRetryAfter(answer.retryAfter)
    if (retryAfterMs !== undefined) this.#notBefore = performance.now() + retryAfterMs
    throw this.#unavailable(answer.reason)
  }

  /** Closes its connections. */
  close(): void {
    this.#agent.destroy()
  }

  async #send(message: Uint8Array, headers: Readonly<Record<string, string>>, signal: AbortSignal) {
    try {
      return await this.#exchange(message, headers, signal)
    } catch (error) {
      if (signal.aborted)
        throw new MetricsError('timeout', `cannot ship to ${this.address}: no answer in time`, {
          cause: error,
        })
      throw this.#unavailable(messageOf(error) || (errnoOf(error) ?? 'the connection was lost'), error)
    }
  }

  #exchange(message: Uint8Array, headers: Readonly<Record<string, string>>, signal: AbortSignal) {
    const request = this.#url.protocol === 'https:' ? httpsRequest : httpRequest
    return new Promise<Answer & { retryAfter: string | undefined }>((resolve, reject) => {
      const sent = request(this.#url, {
        method: 'POST',
        agent: this.#agent,
        signal,
        headers: { ...headers, 'content-length': message.byteLength },
      })
      let failed = false
      sent.on('error', (error) => {
        if (failed) return
        failed = true
        // The server may have closed a kept connection while this was on its way: a fresh one tells.
        const stale = sent.reusedSocket && errnoOf(error) === 'ECONNRESET' && !signal.aborted
        if (stale) this.#exchange(message, headers, signal).then(resolve, reject)
        else reject(error)
      })
      sent.on('response', (response) => {
        const { statusCode: status = 0, statusMessage = '' } = response
        readAnswer(response).then((body) => {
          const said = body
            .toString('utf8', 0, MAX_REASON)
            .split(/[\r\n]/, 1)[0]!
            .trim()
          const reason = `${status} ${statusMessage}${/^[\x20-\x7e]+$/.test(said) ? `: ${said}` : ''}`
          const { 'content-type': type = '', 'retry-after': retryAfter } = response.headers
          resolve({ status, reason, body, json: /\bjson\b/i.test(type), retryAfter })
        }, reject)
      })
      sent.end(message)
    })
  }

  #unavailable(reason: string, cause?: unknown): MetricsError {
    return new MetricsError('unavailable', `cannot ship to ${this.address}: ${reason}`, { cause })
  }
}

/** `Retry-After` in ms: seconds or a date; undefined for neither, and for what is past. Source: RFC 9110, 10.2.3. */
export function parseRetryAfter(text: string | undefined, now = Date.now()): number | undefined {
  if (text === undefined) return undefined
  const ms = /^\d{1,9}$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined
}

async function readAnswer(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (length < MAX_ANSWER_BYTES) chunks.push(chunk.subarray(0, MAX_ANSWER_BYTES - length))
    length += chunk.length
  }
  return Buffer.concat(chunks)
}

function authorization({ token, username, password }: EndpointOptions): Record<string, string> {
  if (token !== undefined && username !== undefined)
    throw new MetricsError('invalid', 'invalid endpoint: give a token, or username and password, not both')
  if (token !== undefined) return { authorization: `Bearer ${token}` }
  if (username === undefined) return {}
  return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` }
}
