/** What both search servers are asked through. */

/** A request. */
interface SearchRequest {
  readonly method: 'POST' | 'PUT'
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** An object is sent as JSON, a text as lines of JSON. */
  readonly body: object | string
}

/** A connection to the nodes of a server. */
export interface SearchClient {
  /**
   * The answer's JSON.
   *
   * @throws SearchFault for an answer that is no success; whatever the client throws when there was none.
   */
  request(request: SearchRequest, signal: AbortSignal): Promise<unknown>
  close(): Promise<void>
}

/** The answer was no success. */
export class SearchFault extends Error {
  override readonly name = 'SearchFault'
  readonly status: number

  constructor(status: number, reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.status = status
  }
}

/** `mapper_parsing_exception: failed to parse field [x]`, from an error's JSON as both servers write it. */
export function reasonOf(body: unknown): string {
  const error = (body as { error?: unknown } | null)?.error
  if (typeof error === 'string') return error
  const { type, reason, caused_by } = (error ?? {}) as Record<string, unknown>
  const cause = (caused_by as { reason?: unknown } | undefined)?.reason
  const told = [type, reason, cause].filter((part): part is string => typeof part === 'string' && part !== '')
  return [...new Set(told)].join(': ') || 'no reason given'
}
