/** How many bytes a body has, counted. */

/** Bytes of what is written to a response. */
export function sizeOf(chunk: unknown, encoding?: unknown): number {
  if (typeof chunk === 'string')
    return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
  return ArrayBuffer.isView(chunk) ? chunk.byteLength : 0
}

/**
 * A body that tells its bytes when it ends, whether by its end, an error or because its reader lost interest; nothing is read before
 * somebody reads it.
 */
export function countedStream(
  body: ReadableStream<Uint8Array>,
  ended: (bytes: number, whole: boolean) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let bytes = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) {
            controller.close()
            ended(bytes, true)
            return
          }
          bytes += value.byteLength
          controller.enqueue(value)
        } catch (error) {
          ended(bytes, false)
          throw error
        }
      },
      async cancel(reason) {
        ended(bytes, false)
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

/** What tells the length of a request's or response's body without reading it; undefined where only reading tells. */
export type KnownLength = (message: Request | Response) => number | undefined

/**
 * Looks where Node keeps the length of a body made of text or bytes. No standard tells it: reading each body anew would cost ten
 * times the rest. Where Node keeps it elsewhere, only bodies that are not there have a known length, and others are counted while
 * they are read.
 */
export function knownLength(): KnownLength {
  const state = Object.getOwnPropertySymbols(new Response('ab')).find(
    (symbol) => lengthAt(new Response('ab'), symbol) === 2 && lengthAt(new Response(null), symbol) === 0,
  )
  return (message) => {
    const length = state === undefined ? undefined : lengthAt(message, state)
    return length ?? (message.body === null ? 0 : undefined)
  }
}

function lengthAt(message: object, symbol: symbol): number | undefined {
  const state = (message as Record<symbol, { body?: { length?: unknown } | null } | undefined>)[symbol]
  if (typeof state !== 'object') return undefined
  if (state.body === undefined || state.body === null) return 0
  const { length } = state.body
  return typeof length === 'number' ? length : undefined
}
