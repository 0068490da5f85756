/** Requests that a program makes with `fetch`. */
import type { Registry } from '../metrics/registry.ts'
import { countedStream } from './body.ts'
import { type ClientRequests, clientRequests } from './client.ts'
import { NO_ANSWER } from './status.ts'

/** How requests are told apart, and made. */
export interface FetchOptions {
  /** Which part of the program asks. @default 'fetch' */
  readonly client?: string
  /** @default globalThis.fetch */
  readonly fetch?: typeof fetch
}

/**
 * A `fetch` whose requests are recorded. Answers are those of the given one; their bodies are counted while they are read, after the
 * compression of the wire was undone.
 */
export function meterFetch(registry: Registry, options: FetchOptions = {}): typeof fetch {
  const { client = 'fetch', fetch: inner = globalThis.fetch } = options
  const requests = clientRequests(registry)
  return async (input, init) => {
    if (!requests.enabled) return inner(input, init)
    const host = hostOf(input)
    const counted = countRequest(input, init, (bytes) => requests.sent(host, client, bytes))
    const begun = performance.now()
    let response: Response
    try {
      response = await inner(input, counted)
    } catch (error) {
      requests.answered(host, client, NO_ANSWER, performance.now() - begun)
      requests.received(host, client, 0)
      throw error
    }
    requests.answered(host, client, response.status, performance.now() - begun)
    return countResponse(requests, host, client, response)
  }
}

function hostOf(input: string | URL | Request): string {
  try {
    return new URL(input instanceof Request ? input.url : input).host
  } catch {
    return 'invalid'
  }
}

/** The options with a body that is counted; a stream alone must be another one for that. */
function countRequest(
  input: string | URL | Request,
  init: RequestInit | undefined,
  sent: (bytes: number) => void,
): RequestInit | undefined {
  const body = init?.body
  if (body === undefined || body === null) {
    if (!(input instanceof Request) || input.body === null) sent(0)
    // A copy is read beside it: its own body keeps the length it was sent with.
    else if (!input.bodyUsed) void readAll(input.clone()).then(sent, () => {})
    return init
  }
  if (body instanceof ReadableStream)
    return { ...init, body: countedStream(body, (bytes) => sent(bytes)) } as RequestInit
  const bytes = lengthOf(body)
  if (bytes !== undefined) sent(bytes)
  return init
}

/** Undefined for forms, whose length depends on a boundary that is chosen later. */
function lengthOf(body: unknown): number | undefined {
  if (typeof body === 'string') return Buffer.byteLength(body)
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return body.byteLength
  if (body instanceof Blob) return body.size
  return body instanceof URLSearchParams ? Buffer.byteLength(body.toString()) : undefined
}

async function readAll(request: Request): Promise<number> {
  let bytes = 0
  for await (const chunk of request.body!) bytes += (chunk as Uint8Array).byteLength
  return bytes
}

function countResponse(requests: ClientRequests, host: string, client: string, response: Response): Response {
  if (response.body === null) {
    requests.received(host, client, 0)
    return response
  }
  const body = countedStream(response.body, (bytes) => requests.received(host, client, bytes))
  const { url, redirected, type } = response
  // A new response knows nothing of where it came from.
  return Object.defineProperties(new Response(body, response), {
    url: { value: url },
    redirected: { value: redirected },
    type: { value: type },
  })
}
