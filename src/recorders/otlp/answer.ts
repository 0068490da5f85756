/** What a collector says of a message that it took. */
import type { Answer } from '../endpoint.ts'
import { decodeAnswer } from './protobuf.ts'

/** Points that a store refused of a message it took, by reason. Source: OTLP 1.x, "Partial Success". */
export function refusedOf({ body, json }: Answer): ReadonlyMap<string, number> {
  const { rejected, message } = partialSuccess(body, json)
  return new Map(rejected > 0 ? [[message || 'it was refused without a reason', rejected]] : [])
}

/** An answer that cannot be read says nothing: the status told that the message was taken. */
function partialSuccess(body: Uint8Array, json: boolean): { rejected: number; message: string } {
  try {
    if (!json) return decodeAnswer(body)
    const { partialSuccess: partial = {} } = JSON.parse(Buffer.from(body).toString() || '{}')
    return { rejected: Number(partial.rejectedDataPoints ?? 0), message: String(partial.errorMessage ?? '') }
  } catch {
    return { rejected: 0, message: '' }
  }
}
