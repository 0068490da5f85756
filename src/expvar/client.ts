/**
 * Gets one answer after the other from one address, over a connection that is kept.
 *
 * By `node:http`: a request costs half the CPU of one by `fetch`, and certificates can be given. Redirects are not followed:
 * they would send the headers of this address, which may be secret, elsewhere.
 */
import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request,
  STATUS_CODES,
} from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import { errnoOf, MetricsError, messageOf, readTlsFiles, type TlsFiles } from '../utils/index.ts'
import { addressOf } from './endpoint.ts'

/** What goes with the requests to an address. */
export interface ClientOptions extends TlsFiles {
  /** Sent with each request, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes of an answer. @default 4194304 */
  readonly maxBodyBytes?: number
}

/** Source: the registry of content codings of HTTP. */
const COMPRESSED = /^(?:x-)?(?:gzip|compress)$|^(?:deflate|br|zstd)$/i
/** Source: Go programs with the most variables answer some hundred kilobytes. */
const DEFAULT_MAX_BODY_BYTES = 4 * 1024 * 1024

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed before the answer',
  EHOSTUNREACH: 'no way to that host',
  ENOTFOUND: 'that host name is not known',
  EAI_AGAIN: 'that host name cannot be looked up now',
  EPIPE: 'the connection was closed before the answer',
  ETIMEDOUT: 'no connection in time',
}

/** One address. */
export class Client {
  /** Without name and password. */
  readonly address: string
  readonly #maxBodyBytes: number
  readonly #options: RequestOptions
  readonly #agent: Agent
  readonly #request: typeof request

  /** @throws MetricsError `invalid` for a PEM file that cannot be read. */
  constructor(url: URL, { headers, maxBodyBytes, ...files }: ClientOptions = {}) {
    const secure = url.protocol === 'https:'
    this.address = addressOf(url)
    this.#maxBodyBytes = maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
    const kept = { keepAlive: true, maxFreeSockets: 1 }
    this.#agent = secure ? new SecureAgent({ ...kept, ...readTlsFiles(files) }) : new Agent(kept)
    this.#request = secure ? secureRequest : request
    const { username, password } = url
    this.#options = {
      agent: this.#agent,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
      path: url.pathname + url.search,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'treering',
        ...headers,
      },
      ...(username === '' && password === '' ? {} : { auth: `${decoded(username)}:${decoded(password)}` }),
    }
  }

  /**
   * The body of an answer.
   *
   * @throws MetricsError `unavailable` without an answer of status 200, `full` for one that is too long; what the signal was aborted
   *   with when it was.
   */
  async get(signal: AbortSignal): Promise<Buffer> {
    try {
      return await this.#get(signal)
    } catch (error) {
      // The server closed a connection that was kept while this request was on its way.
      if (error instanceof Stale && !signal.aborted) return await this.#get(signal)
      throw error
    }
  }

  /** Closes the connection. */
  close(): void {
    this.#agent.destroy()
  }

  #get(signal: AbortSignal): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const asked = this.#request(this.#options)
      const abort = () => asked.destroy(signal.reason)
      const fail = (error: unknown) => {
        signal.removeEventListener('abort', abort)
        asked.destroy()
        reject(signal.aborted ? signal.reason : error)
      }
      asked.on('error', (error) => fail(this.#lost(asked, error)))
      asked.on('response', (answer) => {
        this.#read(answer).then((body) => {
          signal.removeEventListener('abort', abort)
          resolve(body)
        }, fail)
      })
      signal.addEventListener('abort', abort)
      if (signal.aborted) abort()
      asked.end()
    })
  }

  #read(answer: IncomingMessage): Promise<Buffer> {
    const { statusCode = 0, statusMessage } = answer
    if (statusCode !== 200) {
      const word = STATUS_CODES[statusCode] ?? statusMessage ?? ''
      return Promise.reject(this.#error('unavailable', `it answered ${statusCode} ${word}`.trim()))
    }
    const encoding = answer.headers['content-encoding'] ?? ''
    if (COMPRESSED.test(encoding.trim()))
      return Promise.reject(
        this.#error('corrupt', `it answered in the encoding ${encoding}, which was not asked for`),
      )
    const tooLong = () => this.#error('full', `the answer is longer than ${this.#maxBodyBytes} bytes`)
    if (Number(answer.headers['content-length']) > this.#maxBodyBytes) return Promise.reject(tooLong())
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let length = 0
      answer.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > this.#maxBodyBytes) reject(tooLong())
        else chunks.push(chunk)
      })
      answer.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
      answer.on('error', (cause) =>
        reject(this.#error('unavailable', 'the connection ended in the middle of the answer', cause)),
      )
    })
  }

  #lost(asked: ClientRequest, error: Error): Error {
    const code = errnoOf(error) ?? ''
    const reason = code.startsWith('HPE_') ? 'the answer is no HTTP' : (REASONS[code] ?? messageOf(error))
    const lost = this.#error('unavailable', reason, error)
    return asked.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE')
      ? new Stale(lost.code, lost.message, { cause: error })
      : lost
  }

  #error(code: 'unavailable' | 'corrupt' | 'full', reason: string, cause?: unknown): MetricsError {
    return new MetricsError(code, `cannot read ${this.address}: ${reason}`, { cause })
  }
}

/** A kept connection that was closed meanwhile. */
class Stale extends MetricsError {}

/** A part of a URL; one that is not encoded is itself. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
